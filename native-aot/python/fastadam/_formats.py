"""Storage formats: how parameters and state are stored beyond arrays of float32, float16 and bfloat16."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Optional

from . import _hyperparameters, _library
from ._arrays import INT8, INT16, View, is_array
from ._rule import StateArray

#: Elements that share a scale.
BLOCK_LENGTH = 128

#: The name of the array of a parameter's lower bits.
LOWER = "master_lower"

#: The arguments of dense optimizers that are about formats.
FORMAT_ARGUMENTS = ("state_format", "min_8bit_size", "master", "copy", "rounding", "seed")

_STATE_FORMATS = {"block8": _library.BLOCK8, "bfloat16_stochastic": _library.BF16_STOCHASTIC}
_MASTERS = {"split": _library.SPLIT16, "split8": _library.SPLIT8}
_ROUNDINGS = {"nearest": False, "stochastic": True}

_LOWER_BITS = {_library.SPLIT16: INT16, _library.SPLIT8: INT8}
_SPLITS = {lower: split for split, lower in _LOWER_BITS.items()}
_COPIES = {_library.BF16: _library.F32_BF16_COPY, _library.F16: _library.F32_F16_COPY}
_STOCHASTIC = {_library.BF16: _library.BF16_STOCHASTIC, _library.F16: _library.F16_STOCHASTIC}


class Formats(NamedTuple):
    """The formats that an optimizer asks for."""

    state: Optional[int] = None  # BLOCK8, BF16_STOCHASTIC, or None for the ordinary dtype
    min_8bit_size: int = 4096
    master: Optional[int] = None  # SPLIT16, SPLIT8 or None
    is_stochastic: bool = False  # of parameters

    @staticmethod
    def checked(arguments: Mapping[str, Any]) -> Formats:
        """Those of a constructor's arguments. Raises TypeError or ValueError for bad ones, and for ones that do not go together."""
        formats = Formats(
            _choice("state_format", arguments.get("state_format"), _STATE_FORMATS, "None, "),
            _hyperparameters.element_count("min_8bit_size", arguments.get("min_8bit_size", 4096)),
            _choice("master", arguments.get("master"), _MASTERS, "None, "),
            is_stochastic(arguments.get("rounding", "nearest")),
        )
        if formats.master is not None and formats.is_stochastic:
            raise ValueError(f'master={arguments["master"]!r} does not go with rounding="stochastic": its lower bits keep what that saves.')
        return formats

    def check_copies(self) -> None:
        """Raises ValueError where parameters cannot have copies."""
        if self.master is not None:
            raise ValueError("copy goes with float32 parameters, and master with bfloat16 ones: there is one of them at a time.")
        if self.is_stochastic:
            raise ValueError('copy does not go with rounding="stochastic": copies are rounded to nearest.')

    def state_of(self, size: int) -> Optional[int]:
        """The format of the state of a parameter with so many elements."""
        return None if self.state == _library.BLOCK8 and size < self.min_8bit_size else self.state

    def lower_of(self, param: int) -> Optional[int]:
        """The dtype of the lower bits of parameters of that dtype; None where they have none."""
        return None if self.master is None or param == _library.F32 else _LOWER_BITS[self.master]


class Layout(NamedTuple):
    """What an array of a parameter's state is, before there is one."""

    name: str
    shape: tuple[int, ...]
    dtype: int


class Stored(NamedTuple):
    """An array as the library reads and writes it."""

    array: View
    dtype: int  # the library's code
    part: Optional[View] = None  # what that needs beside the array

    @property
    def views(self) -> tuple[View, ...]:
        return (self.array,) if self.part is None else (self.array, self.part)

    def put_param(self, tensor: Any) -> None:
        """Writes it into a tensor of the library's, as its parameters."""
        tensor.param = self.array.address
        tensor.param_dtype = self.dtype
        if self.part is not None:
            tensor.param_part = self.part.address

    def put_state(self, tensor: Any, place: int) -> None:
        """The same for a state array."""
        tensor.state[place] = self.array.address
        tensor.state_dtype[place] = self.dtype
        if self.part is not None:
            tensor.state_part[place] = self.part.address

    def decoded(self, is_signed: bool = True) -> Any:
        """Its numbers, as a new float32 array."""
        import numpy

        values = numpy.empty(self.array.shape, numpy.float32)
        _library.enter()
        status = _library.library.fastadam_decode(
            self.dtype, self.array.address, self._part, self.array.size, _flags(is_signed), values.ctypes.data
        )
        if status != _library.OK:
            raise _library.error(status)
        return values

    def encode(self, values: View, is_signed: bool) -> None:
        """Stores the numbers of an array of float32."""
        _library.enter()
        status = _library.library.fastadam_encode(
            self.dtype, self.array.address, self._part, self.array.size, _flags(is_signed), values.address
        )
        if status != _library.OK:
            raise _library.error(status)

    @property
    def _part(self) -> Optional[int]:
        return None if self.part is None else self.part.address


def format_of(kind: StateArray, state: Optional[int]) -> Optional[int]:
    """The format of a state array of a parameter whose state has that one; None for the ordinary dtype."""
    return state if kind.takes_formats else None


def state_layouts(kind: StateArray, shape: tuple[int, ...], size: int, dtype: int, state: Optional[int]) -> list[Layout]:
    """A state array of a parameter, and its scales where it has some.

    Args:
        kind: the array.
        shape: the parameter's.
        size: its elements.
        dtype: the ordinary dtype of its state.
        state: the format of its state.
    """
    state = format_of(kind, state)
    if state == _library.BLOCK8:
        return [
            Layout(kind.name, shape, _library.BLOCK8),
            Layout(kind.scale_name, (-(-size // BLOCK_LENGTH),), _library.F32),
        ]
    return [Layout(kind.name, shape, _library.BF16 if state == _library.BF16_STOCHASTIC else dtype)]


def lower_layouts(formats: Formats, shape: tuple[int, ...], param: int) -> list[Layout]:
    """The lower bits of parameters of that dtype, if they have some."""
    lower = formats.lower_of(param)
    return [] if lower is None else [Layout(LOWER, shape, lower)]


def require_suited(param: View, formats: Formats, has_copy: bool) -> None:
    """Raises TypeError where a parameter's dtype is none for its format."""
    if has_copy and param.dtype != _library.F32:
        raise TypeError(f"{param.name} must be float32, since it has a copy, not {dtype_name(param.dtype)}.")
    if formats.master is not None and param.dtype == _library.F16:
        raise TypeError(f"{param.name} must be bfloat16, as master asks for, not float16.")


def stored_param(param: View, formats: Formats, copy: Optional[View], lower: Optional[View]) -> Stored:
    """A parameter with its copy or its lower bits. Raises TypeError where its dtype is none for them."""
    if formats.master is not None or copy is not None:
        require_suited(param, formats, copy is not None)
    if copy is not None:
        return Stored(param, _COPIES[copy.dtype], copy)
    if lower is not None:
        if param.dtype != _library.BF16:
            raise TypeError(f"{param.name} must be bfloat16, as {lower.name} is for, not {dtype_name(param.dtype)}.")
        return Stored(param, _SPLITS[lower.dtype], lower)
    return Stored(param, _STOCHASTIC.get(param.dtype, param.dtype) if formats.is_stochastic else param.dtype)


def copy_arrays(copies: Any, count: int, name: str) -> tuple[Any, ...]:
    """The copies of so many parameters, None for those without. Raises TypeError or ValueError."""
    if copies is None:
        return (None,) * count
    if is_array(copies):
        copies = (copies,)
    elif isinstance(copies, (str, bytes)) or not isinstance(copies, Iterable):
        raise TypeError(f"{name} must be a list of arrays, not {type(copies).__name__}.")
    copies = tuple(copies)
    if len(copies) != count:
        raise ValueError(f"{name} has {len(copies)} arrays, but there are {count} parameters.")
    return copies


def require_16_bit(copy: View) -> None:
    """Raises TypeError unless an array may be a copy."""
    if copy.dtype not in _COPIES:
        raise TypeError(f"{copy.name} must be bfloat16 or float16, not {dtype_name(copy.dtype)}.")


def is_stochastic(rounding: Any) -> bool:
    """What the argument means. Raises TypeError or ValueError for a bad one."""
    return bool(_choice("rounding", rounding, _ROUNDINGS))


def dtype_name(dtype: int) -> str:
    """What messages call a dtype."""
    return _DTYPE_NAMES[dtype]


_DTYPE_NAMES = {
    _library.F32: "float32",
    _library.F16: "float16",
    _library.BF16: "bfloat16",
    _library.BLOCK8: "block8",
    INT16: "int16",
    INT8: "int8",
}


def _flags(is_signed: bool) -> int:
    return 0 if is_signed else _library.NEVER_NEGATIVE


def _choice(name: str, value: Any, choices: Mapping[str, Any], none: str = "") -> Any:
    """What a word stands for; None for None, where that is allowed."""
    if value is None and none:
        return None
    if isinstance(value, str) and value in choices:
        return choices[value]
    kind = ValueError if isinstance(value, str) else TypeError
    raise kind(f"{name} must be {none}{' or '.join(repr(x) for x in choices)}, not {value!r}.".replace("'", '"'))

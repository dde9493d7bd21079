"""What an optimizer keeps for a parameter, by PyTorch's names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from ctypes import memset
from functools import partial
from typing import Any, NamedTuple, Optional

from . import _library
from ._arrays import INT8, INT16, STATE_CODES, View, is_numpy, require_same_shape, view
from ._formats import (
    LOWER,
    Formats,
    Layout,
    Stored,
    format_of,
    lower_layouts,
    require_16_bit,
    state_layouts,
    stored_param,
)
from ._memory import zeros
from ._rule import Rule, StateArray

# numpy has no bfloat16 of its own.
_NUMPY_NAMES = {
    _library.F32: "float32",
    _library.F16: "float16",
    _library.BF16: "uint16",
    _library.BLOCK8: "uint8",
    INT16: "int16",
    INT8: "int8",
}


class Parameter(NamedTuple):
    """A parameter and its state at one time; a change makes another one."""

    array: Any
    place: int  # among all parameters
    group: int
    dtype: int  # of state arrays in no format of their own: F32, F16 or BF16
    formats: Formats
    state_format: Optional[int]  # BLOCK8, BF16_STOCHASTIC or None
    copy: Any  # the array that takes its copy, or None
    arrays: Mapping[str, Any]  # its state, with what formats need beside it, and its lower bits
    numbers: tuple[float, ...]  # those that the rule keeps for it
    steps: int = 0

    def after_step(self, arrays: Mapping[str, Any]) -> Parameter:
        """It after a step with those arrays, but with the numbers from before."""
        return self._replace(arrays={**self.arrays, **arrays}, steps=self.steps + 1)

    def view(self, uint16: Optional[int]) -> View:
        return view(self.array, "params", self.place, uint16, True)

    def copy_view(self, uint16: Optional[int]) -> Optional[View]:
        """Its copy. Raises TypeError or ValueError for one that cannot be."""
        if self.copy is None:
            return None
        copy = view(self.copy, "copy", self.place, uint16, True)
        require_16_bit(copy)
        return copy

    def state_view(self, name: str, array: Any, uint16: Optional[int] = None) -> View:
        # Looked up anew, not kept: a copied or unpickled optimizer has other arrays.
        return view(array, name, self.place, self.dtype if uint16 is None else uint16, True, STATE_CODES)

    def stored(self, param: View, arrays: Mapping[str, Any], uint16: Optional[int]) -> Stored:
        """The parameter for the library. Raises TypeError or ValueError for one whose copy or lower bits do not fit."""
        copy = self.copy_view(uint16)
        lower = self.state_view(LOWER, arrays[LOWER]) if LOWER in arrays else None
        if copy is None and lower is None:
            return stored_param(param, self.formats, None, None)
        for part in (copy, lower):
            if part is not None:
                require_same_shape(part, param)
        return stored_param(param, self.formats, copy, lower)

    def stored_state(self, kind: StateArray, arrays: Mapping[str, Any]) -> Stored:
        """A state array for the library."""
        form = format_of(kind, self.state_format)
        if form is None:
            array = self.state_view(kind.name, arrays[kind.name])
            return Stored(array, array.dtype)
        if form == _library.BLOCK8:
            return Stored(
                self.state_view(kind.name, arrays[kind.name]),
                form,
                self.state_view(kind.scale_name, arrays[kind.scale_name]),
            )
        return Stored(self.state_view(kind.name, arrays[kind.name], _library.BF16), form)

    def with_arrays(
        self, kept: Sequence[StateArray], options: Mapping[str, Any], param: View, threads: int
    ) -> dict[str, Any]:
        """The arrays that a step needs, in that order: those there are, and new ones, which only the caller has yet.

        New ones hold what they do before the first step. Raises ValueError as ``initial`` does, and MemoryError.
        """
        result: dict[str, Any] = {}
        for each in kept:
            array = self.arrays.get(each.name)
            if array is not None:
                result[each.name] = array
                if self.state_format == _library.BLOCK8 and each.takes_formats:
                    result[each.scale_name] = self.arrays[each.scale_name]
                continue
            result.update(self._zeros(state_layouts(each, param.shape, param.size, self.dtype, self.state_format), param, threads))
            for call in starting(each, self.stored_state(each, result), options):
                call()
        if LOWER in self.arrays:
            result[LOWER] = self.arrays[LOWER]
        elif self.formats.master is not None:
            result.update(self._zeros(lower_layouts(self.formats, param.shape, param.dtype), param, threads))
        return result

    def entry(self, rule: Rule) -> dict[str, Any]:
        """The state as in PyTorch's state_dict: the arrays themselves, not copies."""
        result: dict[str, Any] = {"step": self.steps}
        result.update((x.name, value) for x, value in zip(rule.numbers, self.numbers))
        result.update(self.arrays)
        return result

    def _zeros(self, layouts: Iterable[Layout], param: View, threads: int) -> dict[str, Any]:
        result = {}
        for name, shape, dtype in layouts:
            kind = self.array.dtype if is_numpy(self.array) and dtype == param.dtype else _NUMPY_NAMES[dtype]
            result[name] = zeros(shape, kind, threads)
        return result


def initial(kind: StateArray, options: Mapping[str, Any], array: View) -> Any:
    """The bits that an array holds before the first step, in its type, or None for zero.

    Raises ValueError where they are not finite there.
    """
    value = 0.0 if kind.initial is None else options[kind.initial]
    if value == 0:
        return None
    import numpy

    single = numpy.array(value, numpy.float32)
    if array.dtype == _library.F32:
        bits, infinity = single.view(numpy.uint32), 0x7F800000
    elif array.dtype == _library.F16:
        with numpy.errstate(over="ignore"):
            bits, infinity = single.astype(numpy.float16).view(numpy.uint16), 0x7C00
    else:
        wide = int(single.view(numpy.uint32))
        bits, infinity = numpy.array((wide + 0x7FFF + (wide >> 16 & 1)) >> 16, numpy.uint16), 0x7F80
    if bits >= infinity:
        raise ValueError(f"{kind.initial} must be finite in the type of {array.name}, not {value!r}.")
    return bits


def restarting(kind: StateArray, stored: Stored, options: Mapping[str, Any]) -> list[partial[Any]]:
    """The calls, of functions in C, that make of an array what it holds before the first step.

    Raises ValueError as ``initial`` does.
    """
    return starting(kind, stored, options) or [clearing(x) for x in stored.views]


def clearing(array: View) -> partial[Any]:
    """The call that makes all of an array zero."""
    return partial(memset, array.address, 0, array.end - array.address)


def starting(kind: StateArray, zeros: Stored, options: Mapping[str, Any]) -> list[partial[Any]]:
    """The same for an array of zeros."""
    if zeros.part is None:
        bits = initial(kind, options, zeros.array)
        return [] if bits is None else [partial(zeros.array.numpy(bits.dtype).fill, bits)]
    value = 0.0 if kind.initial is None else options[kind.initial]
    if value == 0:
        return []
    import numpy

    # All blocks are those of that one number.
    number, code, scale = numpy.full(1, value, numpy.float32), numpy.zeros(1, numpy.uint8), numpy.zeros(1, numpy.float32)
    one = Stored(_own_view(code), zeros.dtype, _own_view(scale))
    one.encode(_own_view(number), kind.is_signed)
    return [
        partial(zeros.array.numpy(code.dtype).fill, code[0]),
        partial(zeros.part.numpy(scale.dtype).fill, scale[0]),
    ]


def encoded(like: Stored, values: View, is_signed: bool) -> tuple[list[Any], Stored]:
    """Numbers of float32 in the format of another array: new arrays, and they for the library."""
    import numpy

    arrays = [numpy.empty(x.shape, _NUMPY_NAMES[x.dtype]) for x in like.views]
    views = [_own_view(x) for x in arrays]
    stored = Stored(views[0], like.dtype, views[1])
    stored.encode(values, is_signed)
    return arrays, stored


def _own_view(array: Any) -> View:
    return view(array, "", None, None, True, STATE_CODES)

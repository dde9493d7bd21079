"""numpy arrays and PyTorch tensors as addresses. Neither package is imported: an array comes from one that is already."""

from __future__ import annotations

import math
import sys
from collections.abc import Collection, Iterable, Mapping
from ctypes import c_char
from typing import Any, NamedTuple, Optional, Protocol

from . import _library

# No codes of the library's.
INT64 = 100
INT16 = 101
INT8 = 102

ITEM_SIZES = {_library.F32: 4, _library.F16: 2, _library.BF16: 2, _library.BLOCK8: 1, INT64: 8, INT16: 2, INT8: 1}

_CODES = {"float32": _library.F32, "float16": _library.F16, "bfloat16": _library.BF16}
_INDEX_CODES = {"int64": INT64}

#: What state can be: codes of 8 bits, and lower bits of parameters, too.
STATE_CODES = {**_CODES, "uint8": _library.BLOCK8, "int16": INT16, "int8": INT8}

# numpy's subclasses of ndarray that mean what their memory holds. Others may mean more, such as a mask or a unit.
_PLAIN_SUBCLASSES = ("memmap", "matrix", "recarray")

# numpy composes a dtype's name anew each time, which takes longer than all other checks.
_numpy_names: dict[Any, str] = {}


class Array(Protocol):
    """What steps take: a numpy array, or a PyTorch tensor on the CPU."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    @property
    def dtype(self) -> Any: ...


class View(NamedTuple):
    """The memory of one array, and what messages call it."""

    argument: str
    place: Optional[int]  # its index in a list
    address: int
    shape: tuple[int, ...]
    dtype: int  # F32, F16 or BF16; INT64 for indices; BLOCK8 for codes, INT16 and INT8 for lower bits

    @property
    def name(self) -> str:
        return _name(self.argument, self.place)

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def end(self) -> int:
        return self.address + self.size * ITEM_SIZES[self.dtype]

    def numpy(self, dtype: Any) -> Any:
        """The memory as a numpy array of one dimension."""
        import numpy

        block = (c_char * (self.end - self.address)).from_address(self.address)
        return numpy.ndarray(self.size, dtype, memoryview(block))

    def put(self, structure: Any, field: str) -> None:
        """Writes the address and the dtype into a structure of the library's."""
        setattr(structure, field, self.address)
        setattr(structure, field + "_dtype", self.dtype)

    def put_state(self, tensor: Any, place: int) -> None:
        """The same for a state array of a tensor."""
        tensor.state[place] = self.address
        tensor.state_dtype[place] = self.dtype


def is_numpy(array: object) -> bool:
    numpy = sys.modules.get("numpy")
    # While another thread imports numpy for the first time, the module has no ndarray yet, and nobody has an array.
    kind = getattr(numpy, "ndarray", None)
    return kind is not None and isinstance(array, kind)


def is_tensor(array: object) -> bool:
    """Whether it is PyTorch's own, not only one like it."""
    kind = getattr(sys.modules.get("torch"), "Tensor", None)
    return kind is not None and isinstance(array, kind)


def is_array(array: object) -> bool:
    return is_numpy(array) or _is_torch(array)


def dtype_code(dtype: object, argument: str) -> int:
    """F32, F16 or BF16 for a name such as "float32", or for numpy's, ml_dtypes' or PyTorch's object of that name.

    Raises ValueError for others.
    """
    text = dtype if isinstance(dtype, str) else getattr(dtype, "__name__", str(dtype))
    code = _CODES.get(text.rpartition(".")[2])
    if code is None:
        raise ValueError(f'{argument} must be "float32", "float16" or "bfloat16", not {dtype!r}.')
    return code


def uint16_code(dtype: object) -> Optional[int]:
    """What uint16 arrays hold by the argument ``dtype``. Raises ValueError unless that is None, "bfloat16" or "float16"."""
    if dtype is None:
        return None
    code = dtype_code(dtype, "dtype")
    if code == _library.F32:
        raise ValueError('dtype says what uint16 arrays hold: "bfloat16" or "float16", not "float32".')
    return code


def view(
    array: object,
    argument: str,
    index: Optional[int],
    uint16: Optional[int],
    written: bool,
    codes: Mapping[str, int] = _CODES,
) -> View:
    """Checks one array.

    Args:
        array: what the caller passed.
        argument: its name, for messages.
        index: its place in a list, or None.
        uint16: what uint16 elements are, F16 or BF16; None if they are an error.
        written: whether the array must be writable.
        codes: the dtypes that it may have.

    Raises:
        TypeError: it is no array, has another dtype, is not in the CPU's memory, or may mean something else than its memory holds,
            as masked arrays do.
        ValueError: it is not C-contiguous, or read-only although it is to be written.
    """
    if is_numpy(array):
        return _numpy_view(array, argument, index, uint16, written, codes)
    if _is_torch(array):
        return _torch_view(array, argument, index, uint16, codes)
    raise TypeError(
        f"{_name(argument, index)} must be a numpy array or a PyTorch tensor, not {type(array).__name__}."
    )


def index_view(array: object, argument: str, index: Optional[int]) -> View:
    """Checks one array of indices, int64 and only read, as ``view`` does."""
    return view(array, argument, index, None, False, _INDEX_CODES)


def require_same_shape(array: View, param: View) -> None:
    """Raises ValueError unless both have the same shape."""
    if array.shape != param.shape:
        raise ValueError(f"{array.name} has the shape {array.shape}, but {param.name} has {param.shape}.")


def require_same_dtype(array: View, other: View) -> None:
    """Raises TypeError unless both have the same dtype."""
    if array.dtype != other.dtype:
        raise TypeError(f"{array.name} has another dtype than {other.name}.")


def require_apart(views: Iterable[View], read_only: Collection[str] = ("grad",)) -> None:
    """Raises ValueError where an array overlaps one that is written; arrays called one of ``read_only`` may overlap each other."""
    last: Optional[View] = None  # of those that start no later, the one that ends last
    last_written: Optional[View] = None
    for array in sorted((x for x in views if x.size > 0), key=lambda x: x.address):
        written = array.argument not in read_only
        other = last if written else last_written
        if other is not None and array.address < other.end:
            raise ValueError(f"{array.name} overlaps {other.name}.")
        if last is None or array.end > last.end:
            last = array
        if written and (last_written is None or array.end > last_written.end):
            last_written = array


def _name(argument: str, index: Optional[int]) -> str:
    return argument if index is None else f"{argument}[{index}]"


def _is_torch(array: object) -> bool:
    return all(hasattr(array, x) for x in ("data_ptr", "device", "dtype", "is_contiguous", "shape"))


def _numpy_view(
    array: Any, argument: str, index: Optional[int], uint16: Optional[int], written: bool, codes: Mapping[str, int]
) -> View:
    _require_plain(array, argument, index)
    dtype = array.dtype
    name = _numpy_names.get(dtype)
    if name is None:
        # The name of a foreign byte order is the same; its str has the mark.
        name = dtype.name if dtype.isnative else dtype.str
        if name in codes or name == "uint16":
            _numpy_names[dtype] = name
    code = uint16 if name == "uint16" else codes.get(name)
    if code is None:
        raise _wrong_dtype(name, argument, index, codes)
    flags = array.flags
    if not flags.c_contiguous:
        raise ValueError(f"{_name(argument, index)} is not C-contiguous.")
    if written and not flags.writeable:
        raise ValueError(f"{_name(argument, index)} is read-only.")
    return View(argument, index, array.ctypes.data, array.shape, code)


def _require_plain(array: object, argument: str, index: Optional[int]) -> None:
    """Raises TypeError where a numpy array is of a subclass that is not known to mean what its memory holds."""
    numpy = sys.modules["numpy"]
    kind = type(array)
    if kind is not numpy.ndarray and not any(kind is getattr(numpy, x, None) for x in _PLAIN_SUBCLASSES):
        raise TypeError(
            f"{_name(argument, index)} must be a plain numpy array, not {kind.__name__}, which may have a mask, a unit or the like; "
            "view(numpy.ndarray) gives its memory alone."
        )


def _require_plain_tensor(tensor: Any, argument: str, index: Optional[int]) -> None:
    """Raises TypeError where a PyTorch tensor is of a subclass, such as MaskedTensor, or its memory holds the negated values."""
    if is_tensor(tensor):
        torch = sys.modules["torch"]
        kind = type(tensor)
        if kind is not torch.Tensor and kind is not getattr(getattr(torch, "nn", None), "Parameter", None):
            raise TypeError(
                f"{_name(argument, index)} must be a plain PyTorch tensor, not {kind.__name__}, which may have a mask or the like."
            )
    if hasattr(tensor, "is_neg") and tensor.is_neg():
        raise TypeError(f"{_name(argument, index)} is a negative view, whose memory holds other values; resolve_neg() gives a plain one.")


def _torch_view(tensor: Any, argument: str, index: Optional[int], uint16: Optional[int], codes: Mapping[str, int]) -> View:
    _require_plain_tensor(tensor, argument, index)
    device = str(tensor.device)
    if device.partition(":")[0] != "cpu":
        raise TypeError(f"{_name(argument, index)} is on the device {device}, not in the CPU's memory.")
    layout = str(getattr(tensor, "layout", "torch.strided"))
    if layout != "torch.strided":
        raise TypeError(f"{_name(argument, index)} has the layout {layout}, not torch.strided.")
    dtype = str(tensor.dtype).rpartition(".")[2]
    code = uint16 if dtype == "uint16" else codes.get(dtype)
    if code is None:
        raise _wrong_dtype(dtype, argument, index, codes)
    if not tensor.is_contiguous():
        raise ValueError(f"{_name(argument, index)} is not contiguous.")
    return View(argument, index, tensor.data_ptr(), tuple(tensor.shape), code)


def _wrong_dtype(dtype: str, argument: str, index: Optional[int], codes: Mapping[str, int]) -> TypeError:
    name = _name(argument, index)
    if codes is _INDEX_CODES:
        return TypeError(f"{name} must be int64, not {dtype}.")
    if codes is not _CODES and codes is not STATE_CODES:
        return TypeError(f"{name} is {dtype}, which a file cannot hold.")
    if dtype == "uint16":
        return TypeError(f'{name} is uint16: dtype="bfloat16" or "float16" must say what it holds.')
    return TypeError(f"{name} must be float32, float16 or bfloat16, not {dtype}.")

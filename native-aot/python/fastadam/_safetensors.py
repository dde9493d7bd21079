"""Files in the safetensors format (https://github.com/huggingface/safetensors, "Format"), for numpy arrays and PyTorch tensors."""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from ctypes import c_char
from types import MappingProxyType, TracebackType
from typing import Any, NamedTuple, Optional

from . import _safetensors_header as _header
from ._arrays import Array, View, view
from ._replacing import Path, ReplacingFile

#: Is told the bytes done and those of the whole file.
Progress = Callable[[int, int], object]

# Between two reports.
_PIECE = 8 << 20

#: numpy's names of the types, PyTorch's and ml_dtypes'.
_NAMES = {
    "BOOL": "bool",
    "U8": "uint8",
    "I8": "int8",
    "F8_E5M2": "float8_e5m2",
    "F8_E4M3": "float8_e4m3fn",
    "F8_E8M0": "float8_e8m0fnu",
    "I16": "int16",
    "U16": "uint16",
    "F16": "float16",
    "BF16": "bfloat16",
    "I32": "int32",
    "U32": "uint32",
    "F32": "float32",
    "C64": "complex64",
    "F64": "float64",
    "I64": "int64",
    "U64": "uint64",
}

# Codes for view(): places among the types.
_TYPES = list(_NAMES)
_CODES = {name: code for code, name in enumerate(_NAMES.values())}

# What holds the bits of types that numpy does not have.
_BITS = {"BF16": "uint16", "F8_E5M2": "uint8", "F8_E4M3": "uint8", "F8_E8M0": "uint8"}


class Tensor(NamedTuple):
    """An array to be written."""

    name: str
    dtype: str  # the format's
    shape: tuple[int, ...]
    address: int


class SafeTensors(Mapping[str, Any]):
    """A safetensors file, mapped into memory: a mapping from names to read-only numpy arrays, in the order of the file.

    Opening it reads and checks the header alone: no tensor reaches outside of the file or over another one. An array's bytes come from
    the disk when they are first touched. The mapping ends with the last array of it. ``load_file`` has copies instead.

    What numpy does not have is of ml_dtypes' type where that package is installed; else ``BF16`` is its bits in uint16, and the types of
    8 bits in uint8. ``dtypes`` tells them apart.

    The system ends a process (SIGBUS) that touches mapped bytes which another process has cut off since. ``save_file`` never does that:
    it puts a new file in the place of the old one, which stays whole for those who have it open.

    Strict where readers differ: no name, key or member may occur twice; a tensor has dtype, shape and data_offsets and nothing else;
    names have no control characters; shapes have at most 64 dimensions (numpy before 2.0: 32 for an array).

    Args:
        path: the file.

    Raises:
        ValueError: it is no whole file of this format; the message says what is wrong.
        OSError: it cannot be read or mapped.
        ImportError: numpy is not installed.
    """

    def __init__(self, path: Path) -> None:
        import numpy  # noqa: F401

        with open(path, "rb", buffering=0) as file:
            self._path = os.fspath(path)
            self._header, self._start = _read_header(file, self._path)
            self._map: Optional[mmap.mmap] = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if len(self._map) < self._start + _data_bytes(self._header):
            raise _invalid(self._path, "it was cut off while its header was read.")

    @property
    def metadata(self) -> Mapping[str, str]:
        """The texts of ``__metadata__`` by their keys."""
        return MappingProxyType(self._header.metadata)

    @property
    def dtypes(self) -> dict[str, str]:
        """The format's types by the tensors' names: "F32", "BF16" and so on; what ``save_file`` takes as dtypes."""
        return {name: x.dtype for name, x in self._header.entries.items()}

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shapes by the tensors' names."""
        return {name: x.shape for name, x in self._header.entries.items()}

    def __getitem__(self, name: str) -> Any:
        """A tensor. Raises KeyError where there is none, and ValueError after ``close``."""
        import numpy

        if self._map is None:
            raise ValueError(f"{self._path} is closed.")
        if name not in self._header.entries:
            raise KeyError(f"{self._path} has no tensor {_header.quoted(name) if isinstance(name, str) else repr(name)}.")
        entry = self._header.entries[name]
        return numpy.ndarray(entry.shape, _numpy_dtype(entry.dtype), self._map, self._start + entry.begin)

    def __iter__(self) -> Iterator[str]:
        return iter(self._header.entries)

    def __len__(self) -> int:
        return len(self._header.entries)

    def __enter__(self) -> SafeTensors:
        return self

    def __exit__(self, kind: Optional[type[BaseException]], fault: Optional[BaseException], trace: Optional[TracebackType]) -> None:
        self.close()

    def close(self) -> None:
        """Lets the mapping end with the arrays that there are. Doing so again does nothing."""
        self._map = None


def load_file(path: Path) -> dict[str, Any]:
    """The tensors of a safetensors file as new numpy arrays, by their names.

    They are read, not mapped: a file that another process cuts off meanwhile is an error. Types that numpy does not have are as in
    ``SafeTensors``, which also has the metadata.

    Args:
        path: the file.

    Raises:
        ValueError: it is no whole file of the format; the message says what is wrong.
        OSError: it cannot be read.
        MemoryError: there is no memory for the arrays.
        ImportError: numpy is not installed.
    """
    import numpy

    result = {}
    with open(path, "rb", buffering=0) as file:
        header, _ = _read_header(file, os.fspath(path))
        for entry in header.entries.values():
            data = numpy.empty(entry.end - entry.begin, numpy.uint8)
            _fill(file, memoryview(data), os.fspath(path))
            result[entry.name] = data.view(_numpy_dtype(entry.dtype)).reshape(entry.shape)
    return result


def save_file(
    tensors: Mapping[str, Array],
    path: Path,
    metadata: Optional[Mapping[str, str]] = None,
    progress: Optional[Progress] = None,
    dtypes: Optional[Mapping[str, str]] = None,
) -> None:
    """Saves tensors as a safetensors file, in the place of one that may be there.

    A process that is killed at any moment leaves the old file or the new one, whole. The new file is written in the same folder, under
    the name ``.NAME.X.fastadam-tmp`` with X 16 hexadecimal digits, flushed to the disk and renamed; then the folder is flushed, except on
    Windows. After an exception the old file is as it was, and the new one is gone. Only a killed process leaves such a file; the next save
    to that path deletes it.

    The new file has the permissions of the old one, or those that the process gives to new files, and belongs to the process' user. Where
    path is a symbolic link, the file that it leads to is replaced. Hard links keep the old file. The types with the largest elements lie
    first, then it goes by names, as in files of Hugging Face's library; the bytes are the same whatever the order of ``tensors``.

    Args:
        tensors: C-contiguous numpy arrays, or PyTorch tensors on the CPU, by their names. Bytes are those in memory when they are
            written: nothing may change them until this returns.
        path: the file.
        metadata: texts by keys.
        progress: is called with the bytes done and those of the whole file, after each 8 MiB. An exception that it raises ends the
            saving.
        dtypes: by name, what tensors hold whose type does not tell: "BF16" for the bits of bfloat16 in uint16, say.

    Raises:
        TypeError: a tensor is no array, or of a type that a file cannot hold; a name or a text is no str.
        ValueError: a tensor is not C-contiguous; a name has control characters or is ``__metadata__``; a text is no valid Unicode;
            dtypes names no tensor, or a type of another size.
        OSError: the file cannot be written: there is no such folder, or no room, or path is no ordinary file.
    """
    if not isinstance(tensors, Mapping):
        raise TypeError(f"tensors must be a dict of arrays, not {type(tensors).__name__}.")
    dtypes = {} if dtypes is None else dtypes
    for name in dtypes:
        if name not in tensors:
            raise ValueError(f"dtypes[{name!r}] belongs to no tensor.")
    checked = []
    for name, array in tensors.items():
        if not isinstance(name, str):
            raise TypeError(f"tensors must have names of type str, not {name!r}.")
        wrong = _header.what_is_wrong(name)
        if wrong is not None:
            raise ValueError(f"A tensor's name {wrong}.")
        what = f"tensors[{_header.quoted(name)}]"
        each = view(array, what, None, _CODES["uint16"], False, _CODES)
        checked.append(Tensor(name, _stored_dtype(each, dtypes.get(name)), each.shape, each.address))
    write(path, checked, metadata, progress)


def write(
    path: Path, tensors: Iterable[Tensor], metadata: Optional[Mapping[str, str]] = None, progress: Optional[Progress] = None
) -> None:
    """Saves what lies in memory, as ``save_file`` does. The names are valid, and no two are the same."""
    ordered = sorted(tensors, key=lambda x: _header.order(x.name, x.dtype))
    header = _header.written([x[:3] for x in ordered], metadata)
    sizes = [_header.byte_length(x.shape, x.dtype) for x in ordered]
    total = len(header) + sum(sizes)
    done = len(header)
    with ReplacingFile(path) as file:
        file.write(memoryview(header))
        for tensor, size in zip(ordered, sizes):
            # Not the array's own buffer, which PyTorch's tensors and some of numpy's types do not have.
            data = memoryview((c_char * size).from_address(tensor.address)).cast("B") if size > 0 else memoryview(b"")
            for start in range(0, size, _PIECE):
                piece = data[start : start + _PIECE]
                file.write(piece)
                done += len(piece)
                if progress is not None:
                    progress(done, total)


def _stored_dtype(array: View, given: Optional[str]) -> str:
    dtype = _TYPES[array.dtype]
    if given is None:
        return dtype
    if given not in _NAMES:
        raise ValueError(f"dtypes has {given!r} for {array.name}, which is no type of the format.")
    if _header.ITEM_SIZES[given] != _header.ITEM_SIZES[dtype]:
        raise ValueError(f"dtypes has {given!r} for {array.name}, whose elements, {dtype}, have another size.")
    return given


def _numpy_dtype(dtype: str) -> Any:
    import numpy

    if dtype not in _BITS:
        return numpy.dtype(_NAMES[dtype])
    try:
        import ml_dtypes

        return numpy.dtype(getattr(ml_dtypes, _NAMES[dtype]))
    except (ImportError, AttributeError):
        return numpy.dtype(_BITS[dtype])


def _read_header(file: Any, path: Any) -> tuple[_header.Header, int]:
    """A file's header, and how many bytes come before the tensors; the file is there then."""
    size = os.fstat(file.fileno()).st_size
    try:
        length = _header.json_bytes(bytes(_read(file, min(size, _header.LENGTH_BYTES), path)), size)
        text = bytes(_read(file, length, path))
        start = _header.LENGTH_BYTES + length
        return _header.parsed(text, size - start), start
    except ValueError as fault:
        raise _invalid(path, str(fault)) from None


def _read(file: Any, size: int, path: Any) -> bytearray:
    data = bytearray(size)
    _fill(file, memoryview(data), path)
    return data


def _fill(file: Any, target: memoryview, path: Any) -> None:
    while target:
        count = file.readinto(target)
        if not count:
            raise ValueError(f"{path} was cut off while it was read.")
        target = target[count:]


def _data_bytes(header: _header.Header) -> int:
    return max((x.end for x in header.entries.values()), default=0)


def _invalid(path: Any, what: str) -> ValueError:
    return ValueError(f"{path} is no valid safetensors file: {what}")

"""Arrays in memory that the library lays out for steps."""

from __future__ import annotations

import math
import operator
import sys
import weakref
from collections.abc import Iterable
from ctypes import c_char
from typing import Any, Union

from . import _library
from ._hyperparameters import thread_count


def zeros(shape: Union[int, Iterable[int]], dtype: Any = "float32", threads: int = 0) -> Any:
    """A numpy array of zeros, laid out for steps: for moments above all, and for parameters and gradients just as well.

    It is aligned to 64 bytes. From 2 MiB on it is pages of its own: huge ones where Linux grants them, and written first, and so
    placed, by several threads. Arrays start at staggered addresses, so that the four of a tensor do not compete for the same sets
    of the caches: allocate them one after the other. The memory is freed with the last array that refers to it.

    Args:
        shape: an integer or a tuple of integers.
        dtype: any of numpy's, or what numpy takes for one; but none that holds Python objects. For bfloat16 it is "uint16", or
            ml_dtypes.bfloat16.
        threads: at most how many threads write it first; 0 for all that this process may use. The same as for the steps is best.

    Raises:
        TypeError: shape or threads is no integer, or dtype no such type.
        ValueError: shape or threads is negative.
        MemoryError: the system does not give that much memory. One that promises more than it has may end the process instead.
        ImportError: numpy is not installed.
        Error, RuntimeError: the library cannot be used, as in ``fastadam.step``.
    """
    import numpy

    lengths = _lengths(shape)
    kind = numpy.dtype(dtype)
    if kind.hasobject:
        raise TypeError(f"dtype must not hold Python objects, as {dtype!r} does.")
    size = math.prod(lengths) * kind.itemsize
    address = _allocate(size, thread_count(threads))
    block = (c_char * size).from_address(address)
    weakref.finalize(block, _library.free, address).atexit = False  # other code may still use it at exit
    return numpy.ndarray(lengths, kind, memoryview(block))


def _lengths(shape: Any) -> tuple[int, ...]:
    try:
        lengths = tuple(operator.index(n) for n in (shape if isinstance(shape, Iterable) else (shape,)))
    except TypeError:
        raise TypeError(f"shape must be an integer or a tuple of integers, not {shape!r}.") from None
    if any(n < 0 for n in lengths):
        raise ValueError(f"shape must not be negative, as {shape!r} is.")
    return lengths


def _allocate(size: int, threads: int) -> int:
    _library.enter()
    # ctypes would cut a larger size to 64 bits.
    address = _library.library.fastadam_alloc(size, threads) if size <= sys.maxsize else None
    if address is None:
        status = _library.library.fastadam_load()
        if status != _library.OK:
            raise _library.error(status)
        raise MemoryError(f"{size} bytes could not be allocated.")
    return int(address)

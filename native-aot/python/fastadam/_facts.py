"""What the checks of arrays depend on, looked at by the cheapest calls: functions of C, which map() calls without a frame of Python."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Sequence
from ctypes import addressof, c_char, sizeof
from operator import attrgetter
from typing import Any, Callable, NamedTuple, Optional

from ._arrays import is_numpy, is_tensor

_shape = attrgetter("shape")
_dtype = attrgetter("dtype")
_base = attrgetter("base")
_flags = attrgetter("flags.num")
_is_cpu = attrgetter("is_cpu")

# The buffer of an array: it raises for one that is not C-contiguous or cannot be written.
_buffer = (c_char * 0).from_buffer

# What looking at arrays may raise that no step takes, or that cannot be looked at like this. The whole checks say which.
_UNFIT = (AttributeError, BufferError, RuntimeError, TypeError, ValueError)


class Facts(NamedTuple):
    """Of arrays of which these are the same as before, all checks give what they gave before."""

    addresses: list[int]
    others: list[list[Any]]


Look = Callable[[Sequence[Any], bool], Facts]


class Watch:
    """The arrays of some steps: the optimizer's own, which are always the same objects, and gradients, which are others each time."""

    def __init__(self, own: Sequence[Any], gradients: Sequence[Any]) -> None:
        """
        Args:
            own: parameters, copies and state.
            gradients: one for each parameter, or None.

        Raises one of _UNFIT where they cannot be watched.
        """
        numpy, torch = _parted(own)
        fixed = [x for x in numpy if _is_fixed(x)]
        movable = [x for x in numpy if not _is_fixed(x)]
        self._bases = list(map(_base, fixed))  # alive, so that no others have their ids
        looks = ((_fixed_facts, fixed), (_numpy_facts, movable), (_torch_facts, torch))
        self._own = [(look, arrays, look(arrays, True)) for look, arrays in looks if arrays]

        self._types = list(map(type, gradients))
        numpy, torch = _parted(_present(gradients))
        if numpy and torch:
            raise TypeError
        self._look = _torch_facts if torch else _numpy_facts
        self._others = self._look(torch or numpy, False).others

    @staticmethod
    def of(own: Sequence[Any], gradients: Sequence[Any]) -> Optional[Watch]:
        """None for what cannot be watched, as far as that can be told without the checks."""
        try:
            return Watch(own, gradients)
        except _UNFIT:
            return None

    def addresses(self, gradients: Sequence[Any]) -> Optional[list[int]]:
        """Those of a step's gradients; None where they, or the optimizer's own arrays, are others than before in anything else."""
        if list(map(type, gradients)) != self._types:
            return None
        try:
            grads = self._look(_present(gradients), False)
            is_same = grads.others == self._others and all(look(arrays, True) == facts for look, arrays, facts in self._own)
        except _UNFIT:
            return None
        return grads.addresses if is_same else None


def _present(gradients: Sequence[Any]) -> Sequence[Any]:
    return [x for x in gradients if x is not None]


def _parted(arrays: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Those of numpy and of PyTorch. Raises TypeError for others."""
    numpy = [x for x in arrays if is_numpy(x)]
    torch = [x for x in arrays if is_tensor(x)]
    if len(numpy) + len(torch) != len(arrays):
        raise TypeError
    return numpy, torch


def _numpy_facts(arrays: Sequence[Any], written: bool) -> Facts:
    return Facts(_numpy_addresses(arrays, written), [list(map(type, arrays)), list(map(_shape, arrays)), list(map(_dtype, arrays))])


def _numpy_addresses(arrays: Sequence[Any], written: bool) -> list[int]:
    try:
        return list(map(addressof, map(_buffer, arrays)))
    except (TypeError, ValueError, BufferError):  # one is read-only, or of a type that has no buffers, such as ml_dtypes' bfloat16
        return [_numpy_address(x, written) for x in arrays]


def _numpy_address(array: Any, written: bool) -> int:
    flags = array.flags
    if not flags.c_contiguous or (written and not flags.writeable):
        raise ValueError
    address: int = array.ctypes.data
    return address


def _is_fixed(array: Any) -> bool:
    """Whether a numpy array is all of a block of ctypes', as those of ``zeros`` are. It has other memory only with another base.

    A block that owns its memory is none of these: ``ctypes.resize`` moves it.
    """
    base = array.base
    return (
        isinstance(base, ctypes.Array)
        and not base._b_needsfree_
        and sizeof(base) == array.nbytes
        and addressof(base) == array.ctypes.data
    )


def _fixed_facts(arrays: Sequence[Any], written: bool) -> Facts:
    """The same of fixed ones, in less time."""
    return Facts(
        list(map(id, map(_base, arrays))),
        [list(map(type, arrays)), list(map(_shape, arrays)), list(map(_dtype, arrays)), list(map(_flags, arrays))],
    )


def _torch_facts(tensors: Sequence[Any], written: bool) -> Facts:
    kind = sys.modules["torch"].Tensor
    return Facts(
        list(map(kind.data_ptr, tensors)),  # those of other layouts have none
        [
            list(map(type, tensors)),
            list(map(_shape, tensors)),
            list(map(_dtype, tensors)),
            list(map(_is_cpu, tensors)),
            list(map(kind.is_contiguous, tensors)),
            list(map(kind.is_neg, tensors)),
        ],
    )

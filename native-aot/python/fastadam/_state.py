"""What an optimizer keeps for a parameter, by PyTorch's names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ctypes import memset
from functools import partial
from typing import Any, NamedTuple, Optional

from . import _library
from ._arrays import View, is_numpy, view
from ._memory import zeros
from ._rule import Rule, StateArray


class Parameter(NamedTuple):
    """A parameter and its state at one time; a change makes another one."""

    array: Any
    place: int  # among all parameters
    group: int
    dtype: int  # of the state arrays: F32, F16 or BF16
    arrays: Mapping[str, Any]
    numbers: tuple[float, ...]  # those that the rule keeps for it
    steps: int = 0

    def after_step(self, arrays: Mapping[str, Any]) -> Parameter:
        """It after a step with those arrays, but with the numbers from before."""
        return self._replace(arrays={**self.arrays, **arrays}, steps=self.steps + 1)

    def view(self, uint16: Optional[int]) -> View:
        return view(self.array, "params", self.place, uint16, True)

    def state_view(self, name: str, array: Any) -> View:
        # Looked up anew, not kept: a copied or unpickled optimizer has other arrays.
        return view(array, name, self.place, self.dtype, True)

    def with_arrays(
        self, kept: Sequence[StateArray], options: Mapping[str, Any], param: View, threads: int
    ) -> dict[str, Any]:
        """The arrays that a step needs, in that order: those there are, and new ones, which only the caller has yet.

        New ones hold what they do before the first step. Raises ValueError as ``initial`` does, and MemoryError.
        """
        result: dict[str, Any] = {}
        for each in kept:
            array = self.arrays.get(each.name)
            if array is None:
                array = self._zeros(param, threads)
                for call in starting(each, self.state_view(each.name, array), options):
                    call()
            result[each.name] = array
        return result

    def entry(self, rule: Rule) -> dict[str, Any]:
        """The state as in PyTorch's state_dict: the arrays themselves, not copies."""
        result: dict[str, Any] = {"step": self.steps}
        result.update((x.name, value) for x, value in zip(rule.numbers, self.numbers))
        result.update(self.arrays)
        return result

    def _zeros(self, param: View, threads: int) -> Any:
        if is_numpy(self.array) and self.dtype == param.dtype:
            return zeros(param.shape, self.array.dtype, threads)
        # numpy has no bfloat16 of its own.
        names = {_library.F32: "float32", _library.F16: "float16", _library.BF16: "uint16"}
        return zeros(param.shape, names[self.dtype], threads)


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


def restarting(kind: StateArray, array: View, options: Mapping[str, Any]) -> list[partial[Any]]:
    """The calls, of functions in C, that make of an array what it holds before the first step.

    Raises ValueError as ``initial`` does.
    """
    return starting(kind, array, options) or [partial(memset, array.address, 0, array.end - array.address)]


def starting(kind: StateArray, zeros: View, options: Mapping[str, Any]) -> list[partial[Any]]:
    """The same for an array of zeros."""
    bits = initial(kind, options, zeros)
    return [] if bits is None else [partial(zeros.numpy(bits.dtype).fill, bits)]

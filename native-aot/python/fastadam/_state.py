"""What an optimizer keeps for a parameter, by PyTorch's names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ctypes import memset
from typing import Any, NamedTuple, Optional

from . import _library
from ._arrays import View, is_numpy, view
from ._memory import zeros


class StateArray(NamedTuple):
    """An array that a rule keeps for each parameter, in its shape."""

    name: str  # PyTorch's
    field: str  # the library's, which are named as Adam's
    option: Optional[str] = None  # the hyperparameter that asks for it; None for always


class Rule(NamedTuple):
    """An optimizer's rule, as far as it is none of the hyperparameters."""

    code: int  # the library's
    arrays: tuple[StateArray, ...]
    keeps_momentum_product: bool = False
    # Whether the number of the step is part of the state in PyTorch. Else it matters only whether it is the first.
    keeps_step: bool = True
    # Whether PyTorch has the state from the beginning, and not from the first step.
    starts_with_state: bool = False

    def kept(self, options: Mapping[str, Any]) -> list[StateArray]:
        """The arrays that a step with checked hyperparameters needs."""
        return [x for x in self.arrays if x.option is None or options[x.option]]


class Parameter:
    """A parameter and its state."""

    def __init__(self, array: Any, place: int, group: int, dtype: int) -> None:
        self.array = array
        self.place = place  # among all parameters
        self.group = group
        self.dtype = dtype  # of the state arrays: F32, F16 or BF16
        self.steps = 0
        self.momentum_product = 1.0
        self.arrays: dict[str, Any] = {}

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
        for name, _, _ in kept:
            array = self.arrays.get(name)
            if array is None:
                array = self._zeros(param, threads)
                _start(self.state_view(name, array), options)
            result[name] = array
        return result

    def restart(self, options: Mapping[str, Any]) -> None:
        """Fills the arrays with what they hold before the first step. Raises ValueError as ``initial`` does."""
        for name, array in self.arrays.items():
            own = self.state_view(name, array)
            memset(own.address, 0, own.end - own.address)
            _start(own, options)

    def entry(self, rule: Rule) -> dict[str, Any]:
        """The state as in PyTorch's state_dict: the arrays themselves, not copies."""
        result: dict[str, Any] = {"step": self.steps}
        if rule.keeps_momentum_product:
            result["mu_product"] = self.momentum_product
        result.update(self.arrays)
        return result

    def _zeros(self, param: View, threads: int) -> Any:
        if is_numpy(self.array) and self.dtype == param.dtype:
            return zeros(param.shape, self.array.dtype, threads)
        # numpy has no bfloat16 of its own.
        names = {_library.F32: "float32", _library.F16: "float16", _library.BF16: "uint16"}
        return zeros(param.shape, names[self.dtype], threads)


def initial(options: Mapping[str, Any], array: View) -> Any:
    """The bits that are initial_accumulator_value in the type of the array, or None for zero.

    Raises ValueError where it is not finite there.
    """
    value = options.get("initial_accumulator_value", 0.0)
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
        raise ValueError(f"initial_accumulator_value must be finite in the type of {array.name}, not {value!r}.")
    return bits


def _start(zeros: View, options: Mapping[str, Any]) -> None:
    """Makes of zeros what an array holds before the first step."""
    bits = initial(options, zeros)
    if bits is not None:
        zeros.numpy(bits.dtype)[...] = bits

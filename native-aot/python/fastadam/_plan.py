"""A step over arrays as the library takes it, prepared once and checked anew each time."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from ctypes import addressof, c_double, sizeof
from typing import Any, NamedTuple, Optional

from . import _library, _report, _rules
from ._arrays import View
from ._content import Content, Pending
from ._facts import Watch
from ._formats import Stored
from ._rule import Rule
from ._settings import Settings
from ._state import Parameter

# The most that a rule keeps for a parameter.
_MOST_NUMBERS = max(len(x.numbers) for x in vars(_rules).values() if isinstance(x, Rule))
_NUMBERS_SIZE = sizeof(c_double) * _MOST_NUMBERS

# All fields of a tensor but its first two, and what it says of dtypes, are words.
_WORD = 8
_TENSOR_WORDS = sizeof(_library.Tensor) // _WORD


class Work(NamedTuple):
    """A parameter that makes a step, with all that the step needs, which is not the parameter's own before it has succeeded."""

    parameter: Parameter
    arrays: dict[str, Any]
    param: Stored
    grad: View
    state: list[tuple[int, Stored]]  # with their places in the library's tensor
    step: int

    @property
    def views(self) -> list[View]:
        return [*self.param.views, self.grad, *(x for _, each in self.state for x in each.views)]


class Plan:
    """A step over some parameters, and those after it.

    Attributes:
        settings: those of the next one.
        tensors: the library's structures.
    """

    def __init__(self, content: Content, works: Sequence[Work], settings: Settings, watch: Optional[Watch]) -> None:
        """
        Args:
            content: what the optimizer holds.
            works: the parameters that have gradients, checked.
            settings: those of the step.
            watch: all arrays, as they were before these checks; None where nobody can watch them.
        """
        self._content = content
        self.settings = settings
        self.tensors, self._numbers = tensors((work.parameter, work.param, work.state) for work in works)
        for tensor, work in zip(self.tensors, works):
            work.grad.put(tensor, "grad")
        self._words = memoryview(self.tensors).cast("B").cast("Q") if works else None
        self._stepped = [work.parameter.after_step(work.arrays) for work in works]
        self._has_numbers = any(work.parameter.numbers for work in works)
        self._steps = [work.step for work in works]
        self._taken = 0
        # A step that makes arrays is not as those after it.
        self._watch = None if any(work.arrays.keys() - work.parameter.arrays.keys() for work in works) else watch

    def fits(self, gradients: Sequence[Any], settings: Settings) -> bool:
        """Whether all checks of a step with these would give what they gave. It then becomes the next one."""
        if self._watch is None:
            return False
        if settings is not self.settings:
            if settings.kept != self.settings.kept:
                return False
            self.settings = settings
        addresses = self._watch.addresses(gradients)
        if addresses is None:
            return False
        self._write("grad", addresses)
        return True

    def begin(self) -> Pending:
        """What the optimizer is to hold from before the library's call on."""
        before = self._numbers
        if self._has_numbers:  # others may be looking at those of the step before
            self._numbers = type(before).from_buffer_copy(before)
            first = addressof(self._numbers)
            self._write("numbers", range(first, first + sizeof(before), _NUMBERS_SIZE))
        self._write("step", [x + self._taken for x in self._steps])
        return Pending(self._content, self._stepped, _report.empty(), self._numbers, self._taken, before)

    def end(self, step: Pending) -> None:
        """To be called after it. The plan is then that of the step after it, if there can be one."""
        if self._watch is None:
            return
        if step.is_made:
            self._taken += 1
        step.plan = self

    def _write(self, field: str, values: Iterable[int]) -> None:
        if self._words is not None:
            self._words[getattr(_library.Tensor, field).offset // _WORD :: _TENSOR_WORDS] = array("Q", values)


def tensors(parameters: Iterable[tuple[Parameter, Stored, Sequence[tuple[int, Stored]]]]) -> tuple[Any, Any]:
    """The library's tensors of parameters and their state, and the numbers that these name, which it changes."""
    items = list(parameters)
    numbers = ((c_double * _MOST_NUMBERS) * len(items))(*[parameter.numbers for parameter, _, _ in items])
    structures = (_library.Tensor * len(items))()
    address = addressof(numbers)
    for tensor, (parameter, param, state) in zip(structures, items):
        tensor.struct_size = sizeof(_library.Tensor)
        tensor.n = param.array.size
        param.put_param(tensor)
        for place, each in state:
            each.put_state(tensor, place)
        tensor.numbers = address
        tensor.random_id = parameter.place + 1  # not that of its place among those that step
        tensor.group = parameter.group
        address += _NUMBERS_SIZE
    return structures, numbers

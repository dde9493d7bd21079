"""What a rule of the library is, as far as Python must know it. ``_rules`` has them all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Optional


class StateArray(NamedTuple):
    """An array that a rule keeps for each parameter, in its shape."""

    name: str  # PyTorch's
    option: Optional[str] = None  # the hyperparameter that asks for it; None for always
    initial: Optional[str] = None  # the argument that says what it holds before step 1; None for zero
    is_signed: bool = True  # whether its numbers may be negative
    takes_formats: bool = True  # whether it can be in blocks of 8 bits or rounded at random; not where it holds parameters

    @property
    def scale_name(self) -> str:
        """What the scales of its blocks are called."""
        return self.name + "_scale"


class Number(NamedTuple):
    """A number that a rule keeps for each parameter: from 0 to the largest."""

    name: str  # PyTorch's
    initial: float
    largest: float
    is_mode: bool = False  # 1 while the parameter is the one for evaluation, else 0


class Hyperparameter(NamedTuple):
    """A hyperparameter that is a number, or a tuple of numbers."""

    name: str  # PyTorch's
    fields: tuple[str, ...]  # of fastadam_group; none for what the library does not know
    ranges: tuple[str, ...]  # of each number: those in _hyperparameters


class Rule(NamedTuple):
    """An optimizer's rule."""

    name: str
    code: int  # the library's
    arrays: tuple[StateArray, ...]  # in the library's order
    numbers: tuple[Number, ...]
    hyperparameters: tuple[Hyperparameter, ...]
    flags: tuple[str, ...]
    # Whether weight decay is the rule's own: it never joins the gradients.
    has_own_weight_decay: bool
    # Whether the number of the step is part of the state in PyTorch. Else it matters only whether it is the first.
    keeps_step: bool
    # Whether PyTorch has the state from the beginning, and not from the first step on.
    starts_with_state: bool

    @property
    def names(self) -> frozenset[str]:
        """The names of all hyperparameters."""
        return frozenset((*(x.name for x in self.hyperparameters), *self.flags))

    @property
    def initial_numbers(self) -> tuple[float, ...]:
        """The numbers before step 1."""
        return tuple(x.initial for x in self.numbers)

    @property
    def has_mode(self) -> bool:
        """Whether its parameters are either for training or for evaluation."""
        return any(x.is_mode for x in self.numbers)

    def kept(self, options: Mapping[str, Any]) -> list[StateArray]:
        """The arrays that a step with checked hyperparameters needs."""
        return [x for x in self.arrays if x.option is None or options[x.option]]

    def place(self, name: str) -> int:
        """The place of an array among those of the library's tensor."""
        return next(i for i, x in enumerate(self.arrays) if x.name == name)

"""What an optimizer holds, and its changes, of which an interrupt leaves all or nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Optional, Union

from . import _library
from ._state import Parameter

if TYPE_CHECKING:
    from ._optimizer import Group
    from ._plan import Plan


class Content(NamedTuple):
    """What an optimizer holds at one time."""

    groups: tuple[Group, ...] = ()
    parameters: tuple[Parameter, ...] = ()


class Pending:
    """A step that the library may have made or not, also where an interrupt has lost the status. Its report says which; without one the
    numbers do.

    Attributes:
        before: what held before the first step over the same parameters.
        report: ``_report.empty()``, which the step fills in; None for a change that is no step.
        plan: that of the step after it, where there is one.
        is_over: whether the library has returned. The outcome is then always the same.
    """

    plan: Optional[Plan] = None
    is_over = False
    _outcome: Optional[Content] = None

    def __init__(
        self,
        before: Content,
        stepped: Sequence[Parameter],
        report: Optional[_library.Report],
        numbers: Sequence[Sequence[float]] = (),
        taken: int = 0,
        numbers_before: Sequence[Sequence[float]] = (),
    ) -> None:
        """
        Args:
            before, report: see above.
            stepped: those parameters, as they are after that first step.
            numbers: those that the rules keep for them, which this step changes.
            taken: how many steps came before this one, from the first on.
            numbers_before: the numbers after those.
        """
        self.before = before
        self.report = report
        self._stepped = stepped
        self._numbers = numbers
        self._taken = taken
        self._numbers_before = numbers_before

    @property
    def is_made(self) -> bool:
        """Whether it is, as far as its report says."""
        return self.report is None or self.report.skipped == 0  # else it was, or the library has not filled it in

    def outcome(self) -> Content:
        """What holds now. It can be asked for at any time."""
        if self._outcome is not None:
            return self._outcome
        is_over = self.is_over  # first: the library may return meanwhile, on another thread
        outcome = self._outcome_now()
        if is_over:
            self._outcome = outcome
        return outcome

    def _outcome_now(self) -> Content:
        is_made = self.is_made
        after_first = self._taken if is_made else self._taken - 1
        if after_first < 0:
            return self.before
        parameters = list(self.before.parameters)
        for parameter in self._stepped:
            parameters[parameter.place] = parameter._replace(steps=parameter.steps + after_first)
        for parameter, numbers in zip(self._stepped, self._numbers if is_made else self._numbers_before):
            if parameter.numbers:
                parameters[parameter.place] = parameters[parameter.place]._replace(numbers=tuple(numbers[: len(parameter.numbers)]))
        return self.before._replace(parameters=tuple(parameters))


class Holder:
    """Holds the content of an optimizer and of its shallow copies."""

    def __init__(self) -> None:
        #: Changed by one assignment, between whose halves no signal handler runs.
        self.content: Union[Content, Pending] = Content()

    def now(self) -> Content:
        content = self.content
        return content.outcome() if isinstance(content, Pending) else content

    @property
    def lasting(self) -> Content:
        """The same but for what steps change, which may be older: the parameters' state, numbers and steps."""
        content = self.content
        return content.before if isinstance(content, Pending) else content

    def take_plan(self) -> Optional[Plan]:
        """The plan of the next step, where there is one. Nobody else has it then: no other thread, no signal handler."""
        content = self.content
        plan: Optional[Plan] = vars(content).pop("plan", None) if isinstance(content, Pending) else None
        return plan

    def __getstate__(self) -> dict[str, Any]:
        return {"content": self.now()}


def at_once(calls: Iterable[partial[Any]]) -> None:
    """Makes the calls, of functions written in C, one after the other.

    Python runs signal handlers between bytecodes, of which there are none here: an interrupt comes before all calls or after all.
    """
    deque(map(partial.__call__, tuple(calls)), maxlen=0)

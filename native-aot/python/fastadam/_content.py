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


class Content(NamedTuple):
    """What an optimizer holds at one time."""

    groups: tuple[Group, ...] = ()
    parameters: tuple[Parameter, ...] = ()


class Pending:
    """A step that the library may have made or not, also where an interrupt has lost the status. Its report says which; without one the
    numbers do."""

    def __init__(
        self, before: Content, stepped: Sequence[Parameter], report: Optional[_library.Report], numbers: Sequence[Sequence[float]] = ()
    ) -> None:
        """
        Args:
            before: what holds without the step.
            stepped: the parameters that it changes, as they are after it.
            report: ``_report.empty()``, which the step fills in.
            numbers: those that the rules keep for these parameters, which the step changes.
        """
        self._before = before
        self._stepped = stepped
        self._report = report
        self._numbers = numbers

    def outcome(self) -> Content:
        """What holds now. It changes nothing, so it can be asked for at any time."""
        if self._report is not None and self._report.skipped != 0:  # it was, or the library has not filled it in
            return self._before
        parameters = list(self._before.parameters)
        for parameter in self._stepped:
            parameters[parameter.place] = parameter
        for parameter, numbers in zip(self._stepped, self._numbers):
            if parameter.numbers:
                parameters[parameter.place] = parameter._replace(numbers=tuple(numbers[: len(parameter.numbers)]))
        return self._before._replace(parameters=tuple(parameters))


class Holder:
    """Holds the content of an optimizer and of its shallow copies."""

    def __init__(self) -> None:
        #: Changed by one assignment, between whose halves no signal handler runs.
        self.content: Union[Content, Pending] = Content()

    def now(self) -> Content:
        content = self.content
        return content.outcome() if isinstance(content, Pending) else content

    def __getstate__(self) -> dict[str, Any]:
        return {"content": self.now()}


def at_once(calls: Iterable[partial[Any]]) -> None:
    """Makes the calls, of functions written in C, one after the other.

    Python runs signal handlers between bytecodes, of which there are none here: an interrupt comes before all calls or after all.
    """
    deque(map(partial.__call__, tuple(calls)), maxlen=0)

"""The hyperparameters and arguments of a step, checked once for as long as they are the same objects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import is_
from typing import TYPE_CHECKING, Any

from ._around import Around

if TYPE_CHECKING:
    from ._optimizer import Group

# Objects of these types never change. Equal ones may be different numbers, as 0.0 and -0.0 are.
_IMMUTABLE = {bool, float, int, type(None)}


class Settings:
    """What is checked of them, and what the library takes.

    Attributes:
        around: what stands around the update.
        values: the hyperparameters of each group.
        kept: the state arrays that each group needs.
        groups: the library's.
        options: the library's.
    """

    def __init__(self, given: Sequence[Any], around: Around, groups: Iterable[Group], values: list[dict[str, Any]]) -> None:
        """
        Args:
            given: all that the others come from.
        """
        rules = [group.kind.rule for group in groups]
        self.around = around
        self.values = values
        self.kept = [rule.kept(numbers) for rule, numbers in zip(rules, values)]
        self.groups = around.groups(rules, values)
        self.options = around.options()
        self._given = given if all(map(_is_immutable, given)) else None

    def are_of(self, given: Sequence[Any]) -> bool:
        """Whether they come from these."""
        own = self._given
        return own is not None and len(own) == len(given) and all(map(is_, own, given))


def _is_immutable(value: Any) -> bool:
    return type(value) in _IMMUTABLE or (type(value) is tuple and all(type(x) in _IMMUTABLE for x in value))

"""The checks that name a bad hyperparameter; the library itself only says that there is one."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping, Sequence
from ctypes import c_float, sizeof
from typing import Any, Optional

from ._rule import Hyperparameter, Rule
from ._structures import GROUP_FLAGS, Group


def checked(rule: Rule, values: Mapping[str, Any], place: str = "") -> dict[str, Any]:
    """The hyperparameters as floats, bools and, for betas, a tuple of floats.

    Args:
        rule: whose they are.
        values: by PyTorch's names, all of them.
        place: what messages begin with, such as "param_groups[1]: ".

    Raises:
        TypeError: one is no number, or betas no sequence.
        ValueError: one is out of its range, betas has another length, or nesterov goes without momentum or with dampening.
    """
    result: dict[str, Any] = {}
    for known in rule.hyperparameters:
        if known.name in values:
            result[known.name] = _checked(known, place + known.name, values[known.name])
    for name in rule.flags:
        if name in values:
            result[name] = bool(values[name])
    if result.get("nesterov") and not (result["momentum"] > 0 and result["dampening"] == 0):
        raise ValueError(
            f"{place}nesterov needs a momentum above 0 and no dampening, not {result['momentum']!r} and {result['dampening']!r}."
        )
    return result


def fill(target: Group, rule: Rule, values: Mapping[str, Any]) -> None:
    """Writes checked hyperparameters into the library's structure."""
    target.struct_size = sizeof(Group)
    target.rule = rule.code
    for known in rule.hyperparameters:
        if known.name in values:
            numbers = values[known.name] if len(known.fields) > 1 else (values[known.name],)
            for field, number in zip(known.fields, numbers):
                setattr(target, field, number)
    for name in rule.flags:
        if values.get(name):
            target.flags |= GROUP_FLAGS[name]


def refused(rule: Rule, values: Mapping[str, Any], step: int, place: str = "") -> Optional[ValueError]:
    """The exception where each checked value is in its range, but not what a step derives from two of them."""
    lr = values["lr"]
    decays = rule.has_own_weight_decay or values.get("decoupled_weight_decay")
    if decays and not is_finite(lr * values["weight_decay"]):
        return ValueError(
            f"{place}weight_decay = {values['weight_decay']!r} times lr = {lr!r} must be finite in single precision."
        )
    if "betas" in values and not is_finite(lr / (1 - values["betas"][0] ** step)):
        return ValueError(
            f"{place}lr = {lr!r} divided by 1 - betas[0]**{step}, with betas[0] = {values['betas'][0]!r}, "
            "must be finite in single precision."
        )
    return None


def step_number(step: Any) -> int:
    """Raises TypeError where the step is no integer, and ValueError where it is below 1 or beyond 64 bits."""
    try:
        number = operator.index(step)
    except TypeError:
        raise TypeError(f"step must be an integer, not {type(step).__name__}.") from None
    if not 1 <= number < 1 << 63:
        raise ValueError(f"step must be from 1 to 2**63 - 1, not {number}.")
    return number


def thread_count(threads: Any) -> int:
    """Raises TypeError where it is no integer, and ValueError where it is negative or beyond 31 bits."""
    try:
        number = operator.index(threads)
    except TypeError:
        raise TypeError(f"threads must be an integer, not {type(threads).__name__}.") from None
    if not 0 <= number < 1 << 31:  # ctypes would cut a larger one to 32 bits
        raise ValueError(f"threads must be from 0 to 2**31 - 1, not {number}.")
    return number


def seed_number(seed: Any) -> int:
    """Raises TypeError where it is no integer, and ValueError where it is negative or beyond 64 bits."""
    try:
        number = operator.index(seed)
    except TypeError:
        raise TypeError(f"seed must be an integer, not {type(seed).__name__}.") from None
    if not 0 <= number < 1 << 64:
        raise ValueError(f"seed must be from 0 to 2**64 - 1, not {number}.")
    return number


def element_count(name: str, value: Any) -> int:
    """Raises TypeError where it is no integer, and ValueError where it is negative."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer, not {type(value).__name__}.") from None
    if number < 0:
        raise ValueError(f"{name} must be at least 0, not {number}.")
    return number


def scale(name: str, value: Any) -> float:
    """Raises TypeError where it is no number, and ValueError unless it is above 0 and finite."""
    number = _number(name, value)
    if not (c_float(number).value > 0 and is_finite(number)):
        raise ValueError(f"{name} must be above 0 and finite in single precision, not {number!r}.")
    return number


def norm(name: str, value: Any) -> float:
    """Raises TypeError where it is no number, and ValueError unless it is above 0, or infinite."""
    number = _number(name, value)
    if not number > 0:
        raise ValueError(f"{name} must be above 0, not {number!r}.")
    return number


def limit(name: str, value: Any) -> float:
    """Raises TypeError where it is no number, and ValueError unless it is above 0, or infinite."""
    number = _number(name, value)
    if not c_float(number).value > 0:
        raise ValueError(f"{name} must be above 0 in single precision, not {number!r}.")
    return number


def is_finite(value: float) -> bool:
    """Whether the value is finite after rounding to single precision."""
    return math.isfinite(c_float(value).value)


def _number(name: str, value: Any) -> float:
    try:
        if isinstance(value, (str, bytes, bytearray)):  # float() would parse them
            raise TypeError
        return float(value)
    except OverflowError:
        raise ValueError(f"{name} must be finite in single precision, not {value!r}.") from None
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a number, not {type(value).__name__}.") from None


def _not_negative(name: str, value: Any) -> float:
    number = _number(name, value)
    if not (number >= 0 and is_finite(number)):
        raise ValueError(f"{name} must be at least 0 and finite in single precision, not {number!r}.")
    return number


def _not_negative_or_infinite(name: str, value: Any) -> float:
    number = _number(name, value)
    if not (number >= 0 and (is_finite(number) or math.isinf(number))):
        raise ValueError(f"{name} must be at least 0 and finite in single precision, or infinity, not {number!r}.")
    return number


def _finite(name: str, value: Any) -> float:
    number = _number(name, value)
    if not is_finite(number):
        raise ValueError(f"{name} must be finite in single precision, not {number!r}.")
    return number


def _decay_rate(name: str, value: Any) -> float:
    number = _number(name, value)
    if not 0 <= number < 1:
        raise ValueError(f"{name} must be at least 0 and below 1, not {number!r}.")
    return number


def _decay_rate_above_0(name: str, value: Any) -> float:
    number = _number(name, value)
    if not (0 < number < 1 and is_finite(2 / number)):
        raise ValueError(f"{name} must be above 0 and below 1, and twice its inverse finite in single precision, not {number!r}.")
    return number


def _not_vanishing(name: str, value: Any) -> float:
    number = _number(name, value)
    if not ((number == 0 or c_float(number).value > 0) and is_finite(number)):
        raise ValueError(f"{name} must be 0, or above 0 and finite in single precision, not {number!r}.")
    return number


def _checked(known: Hyperparameter, name: str, value: Any) -> Any:
    checks = [_CHECKS[x] for x in known.ranges]
    count = len(checks)
    if count < 2:
        return checks[0](name, value)
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes)):
        raise TypeError(f"{name} must be {count} numbers, not {type(value).__name__}.")
    if len(value) != count:
        raise ValueError(f"{name} must be {count} numbers, not {len(value)}.")
    return tuple(check(f"{name}[{i}]", value[i]) for i, check in enumerate(checks))


# By the names of ranges in _rules.
_CHECKS: dict[str, Any] = {
    "not_negative": _not_negative,
    "not_vanishing": _not_vanishing,
    "not_negative_or_infinite": _not_negative_or_infinite,
    "decay_rate": _decay_rate,
    "decay_rate_above0": _decay_rate_above_0,
    "finite": _finite,
    "positive": scale,
    "positive_or_infinite": limit,
}

"""The checks that name a bad hyperparameter; the library itself only says that there is one."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping, Sequence
from ctypes import c_float, sizeof
from typing import Any, Optional, Union

from . import _library


def checked(values: Mapping[str, Any], place: str = "") -> dict[str, Any]:
    """The hyperparameters as floats, bools and, for betas, a pair of floats.

    Args:
        values: by PyTorch's names.
        place: what messages begin with, such as "param_groups[1]: ".

    Raises:
        TypeError: one is no number, or betas no sequence.
        ValueError: one is out of its range, betas is no pair, or nesterov goes without momentum or with dampening.
    """
    result = {name: _CHECKS.get(name, _flag)(place + name, value) for name, value in values.items()}
    if result.get("nesterov") and not (result["momentum"] > 0 and result["dampening"] == 0):
        raise ValueError(
            f"{place}nesterov needs a momentum above 0 and no dampening, not {result['momentum']!r} and {result['dampening']!r}."
        )
    return result


def fill(target: Union[_library.Options, _library.Group], values: Mapping[str, Any]) -> None:
    """Writes checked hyperparameters into the library's structure."""
    for name, value in values.items():
        if name in _library.GROUP_FLAGS:
            target.flags |= _library.GROUP_FLAGS[name] if value else 0
        elif name == "betas":
            target.beta1, target.beta2 = value
        elif name == "alpha":
            target.beta2 = value
        elif name != "initial_accumulator_value":
            setattr(target, name, value)


def options(values: Mapping[str, Any], grad_scale: float, threads: int) -> _library.Options:
    """Checked hyperparameters of Adam for the library."""
    result = _library.Options(struct_size=sizeof(_library.Options), threads=threads, grad_scale=grad_scale)
    fill(result, values)
    return result


def refused(values: Mapping[str, Any], step: int, place: str = "") -> Optional[ValueError]:
    """The exception where each checked value is in its range, but not what a step derives from two of them."""
    lr = values["lr"]
    if values.get("decoupled_weight_decay") and not is_finite(lr * values["weight_decay"]):
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


def _betas(name: str, value: Any) -> tuple[float, float]:
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes)):
        raise TypeError(f"{name} must be a pair of numbers, not {type(value).__name__}.")
    if len(value) != 2:
        raise ValueError(f"{name} must be a pair of numbers, not {len(value)}.")
    return _decay_rate(f"{name}[0]", value[0]), _decay_rate(f"{name}[1]", value[1])


def _flag(name: str, value: Any) -> bool:
    return bool(value)


# All that are no flags.
_CHECKS: dict[str, Any] = {
    "lr": _not_negative,
    "betas": _betas,
    "alpha": _decay_rate,
    "eps": _not_negative,
    "weight_decay": _not_negative,
    "momentum": _not_negative,
    "dampening": _finite,
    "lr_decay": _not_negative,
    "momentum_decay": _not_negative,
    "initial_accumulator_value": _not_negative,
}

NAMES = frozenset((*_CHECKS, *_library.GROUP_FLAGS))

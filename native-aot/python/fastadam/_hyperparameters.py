"""The checks that name a bad hyperparameter; the library itself only says that there is one."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from ctypes import c_float, sizeof
from typing import Any

from . import _library


def step_number(step: Any) -> int:
    """Raises TypeError where the step is no integer, and ValueError where it is below 1 or beyond 64 bits."""
    try:
        number = operator.index(step)
    except TypeError:
        raise TypeError(f"step must be an integer, not {type(step).__name__}.") from None
    if not 1 <= number < 1 << 63:
        raise ValueError(f"step must be from 1 to 2**63 - 1, not {number}.")
    return number


def options(
    lr: Any,
    betas: Any,
    eps: Any,
    weight_decay: Any,
    grad_scale: Any,
    threads: Any,
    *,
    decoupled_weight_decay: bool,
    maximize: bool,
    preserve_subnormals: bool,
) -> _library.Options:
    """The hyperparameters for the library.

    Raises:
        TypeError: one is no number, ``threads`` no integer, or ``betas`` no sequence.
        ValueError: one is out of its range, or ``betas`` is no pair.
    """
    if not isinstance(betas, Sequence) or isinstance(betas, (str, bytes)):
        raise TypeError(f"betas must be a pair of numbers, not {type(betas).__name__}.")
    if len(betas) != 2:
        raise ValueError(f"betas must be a pair of numbers, not {len(betas)}.")
    flags = 0
    if decoupled_weight_decay:
        flags |= _library.DECOUPLED_WEIGHT_DECAY
    if maximize:
        flags |= _library.MAXIMIZE
    if preserve_subnormals:
        flags |= _library.PRESERVE_SUBNORMALS
    return _library.Options(
        struct_size=sizeof(_library.Options),
        flags=flags,
        lr=_not_negative("lr", lr),
        beta1=_decay_rate("betas[0]", betas[0]),
        beta2=_decay_rate("betas[1]", betas[1]),
        eps=_not_negative("eps", eps),
        weight_decay=_not_negative("weight_decay", weight_decay),
        threads=thread_count(threads),
        grad_scale=_scale("grad_scale", grad_scale),
    )


def refused(options: _library.Options, step: int) -> ValueError:
    """The exception where each value is in its range, but not what a step derives from several."""
    step_size = options.lr / (1 - options.beta1**step)
    if not _is_finite(step_size):
        return ValueError(
            f"lr = {options.lr!r} divided by 1 - betas[0]**{step}, with betas[0] = {options.beta1!r}, "
            "must be finite in single precision."
        )
    return ValueError(
        f"weight_decay = {options.weight_decay!r} times lr = {options.lr!r} must be finite in single precision."
    )


def thread_count(threads: Any) -> int:
    """Raises TypeError where it is no integer, and ValueError where it is negative or beyond 31 bits."""
    try:
        number = operator.index(threads)
    except TypeError:
        raise TypeError(f"threads must be an integer, not {type(threads).__name__}.") from None
    if not 0 <= number < 1 << 31:  # ctypes would cut a larger one to 32 bits
        raise ValueError(f"threads must be from 0 to 2**31 - 1, not {number}.")
    return number


def _number(name: str, value: Any) -> float:
    try:
        if isinstance(value, (str, bytes, bytearray)):  # float() would parse them
            raise TypeError
        return float(value)
    except OverflowError:
        raise ValueError(f"{name} must be finite in single precision, not {value!r}.") from None
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a number, not {type(value).__name__}.") from None


def _is_finite(value: float) -> bool:
    """Whether the value is finite after rounding to single precision."""
    return math.isfinite(c_float(value).value)


def _not_negative(name: str, value: Any) -> float:
    number = _number(name, value)
    if not (number >= 0 and _is_finite(number)):
        raise ValueError(f"{name} must be at least 0 and finite in single precision, not {number!r}.")
    return number


def _decay_rate(name: str, value: Any) -> float:
    number = _number(name, value)
    if not 0 <= number < 1:
        raise ValueError(f"{name} must be at least 0 and below 1, not {number!r}.")
    return number


def _scale(name: str, value: Any) -> float:
    number = _number(name, value)
    if not (c_float(number).value > 0 and _is_finite(number)):
        raise ValueError(f"{name} must be above 0 and finite in single precision, not {number!r}.")
    return number

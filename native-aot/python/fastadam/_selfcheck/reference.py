"""A step of each optimizer over float32 arrays in numpy: the operations of FastAdam's contract, one after another.

It shares no code with the library, and is slow. Every operation rounds to float32, so the library must give the same bits.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

f32 = np.float32
SMALLEST_NORMAL = f32(2.0**-126)

#: A step: the parameter, the gradient, the state by its names, which it changes, the step's number and the hyperparameters.
Step = Callable[[Any, Any, dict[str, Any], int, dict[str, Any]], Any]


def fma(a: Any, b: Any, c: Any) -> Any:
    """a * b + c in float32, rounded once.

    In float64 the product is exact. The sum is rounded to odd there: where it is not exact, to the neighbour whose last bit is set. So
    the second rounding, to float32, finds no tie that is none.
    """
    product = np.asarray(a, np.float64) * np.asarray(b, np.float64)
    addend = np.asarray(c, np.float64)
    total = np.asarray(product + addend)
    part = total - product
    error = (product - (total - part)) + (addend - part)
    is_even = total.view(np.int64) & 1 == 0
    neighbour = np.nextafter(total, np.where(error > 0, np.inf, -np.inf))
    return np.where((error != 0) & is_even, neighbour, total).astype(f32)


def decay(options: dict[str, Any]) -> Any:
    """What decoupled weight decay multiplies parameters by."""
    return f32(float(1 - Fraction(options["lr"]) * Fraction(options["weight_decay"])))


def step(kind: str, p: Any, g: Any, state: dict[str, Any], number: int, options: dict[str, Any]) -> Any:
    """The parameter after a step of the optimizer with that name. Changes ``state``: arrays, and numbers that the rule keeps."""
    weight_decay = options.get("weight_decay", 0.0)
    if options.get("maximize"):
        g = -g
    if kind == "Adan":
        p = p * (decay(options) if options["no_prox"] else f32(1 / (1 + options["lr"] * weight_decay)))
    elif options.get("decoupled_weight_decay"):
        if not (kind == "ADOPT" and number == 1):
            p = p * decay(options)
    elif weight_decay != 0 and kind != "AdamWScheduleFree":
        g = fma(p, f32(weight_decay), g)
    p = STEPS[kind](p, g, state, number, options)
    for name, value in state.items():
        if isinstance(value, np.ndarray):
            state[name] = np.where(np.abs(value) < SMALLEST_NORMAL, np.copysign(f32(0), value), value)
    return p


def _lerp(before: Any, g: Any, beta: float) -> Any:
    w = f32(1 - beta)
    return fma(w, g - before, before) if w < 0.5 else fma(w - f32(1), g - before, g)


def _mean(before: Any, g: Any, beta: float) -> Any:
    return fma(f32(1 - beta), g, f32(beta) * before)


def _mean_square(before: Any, g: Any, beta: float) -> Any:
    return fma(f32(1 - beta) * g, g, f32(beta) * before)


def _mix(start: Any, end: Any, w: Any) -> Any:
    return fma(w, end, fma(-w, start, start))


def _root_of_correction(beta: float, t: int) -> Any:
    return f32(np.sqrt(1 - beta**t))


def _adam(p: Any, g: Any, state: dict[str, Any], t: int, options: dict[str, Any]) -> Any:
    beta1, beta2 = options["betas"]
    m = state["exp_avg"] = _lerp(state["exp_avg"], g, beta1)
    v = state["exp_avg_sq"] = _mean_square(state["exp_avg_sq"], g, beta2)
    if options["amsgrad"]:
        v = state["max_exp_avg_sq"] = np.maximum(state["max_exp_avg_sq"], v)
    return p - f32(options["lr"] / (1 - beta1**t)) * m / (np.sqrt(v) / _root_of_correction(beta2, t) + f32(options["eps"]))


def _nadam(p: Any, g: Any, state: dict[str, Any], t: int, options: dict[str, Any]) -> Any:
    beta1, beta2 = options["betas"]
    mu, following = (beta1 * (1 - 0.5 * 0.96 ** (k * options["momentum_decay"])) for k in (t, t + 1))
    product = state["mu_product"] = state["mu_product"] * mu
    m = state["exp_avg"] = _lerp(state["exp_avg"], g, beta1)
    v = state["exp_avg_sq"] = _mean_square(state["exp_avg_sq"], g, beta2)
    of_g = f32(-options["lr"] * (1 - mu) / (1 - product))
    of_m = f32(-options["lr"] * following / (1 - product * following))
    return p + fma(of_m, m, of_g * g) / (np.sqrt(v) / _root_of_correction(beta2, t) + f32(options["eps"]))


def _radam(p: Any, g: Any, state: dict[str, Any], t: int, options: dict[str, Any]) -> Any:
    beta1, beta2 = options["betas"]
    longest = 2 / (1 - beta2) - 1
    length = longest - 2.0 * t * beta2**t / (1 - beta2**t)
    size = -options["lr"] / (1 - beta1**t)
    if length > 5:
        size *= np.sqrt((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)) * np.sqrt(1 - beta2**t)
    m = state["exp_avg"] = _lerp(state["exp_avg"], g, beta1)
    v = state["exp_avg_sq"] = _mean_square(state["exp_avg_sq"], g, beta2)
    update = f32(size) * m
    return p + (update / (np.sqrt(v) + f32(options["eps"])) if length > 5 else update)


def _adamax(p: Any, g: Any, state: dict[str, Any], t: int, options: dict[str, Any]) -> Any:
    beta1, beta2 = options["betas"]
    m = state["exp_avg"] = _lerp(state["exp_avg"], g, beta1)
    u = state["exp_inf"] = np.maximum(f32(beta2) * state["exp_inf"], np.abs(g) + f32(options["eps"]))
    return p + f32(-options["lr"] / (1 - beta1**t)) * m / u


def _sgd(p: Any, g: Any, state: dict[str, Any], t: int, options: dict[str, Any]) -> Any:
    momentum = f32(options["momentum"])
    if momentum:
        b = g if t == 1 else fma(g, f32(1 - options["dampening"]), momentum * state["momentum_buffer"])
        state["momentum_buffer"] = b
        g = fma(b, momentum, g) if options["nesterov"] else b
    return fma(g, f32(-options["lr"]), p)


def _adagrad(p: Any, g: Any, state: dict[str, Any], t: int, options: dict[str, Any]) -> Any:
    total = state["sum"] = fma(g, g, state["sum"])
    return p - f32(options["lr"] / (1 + (t - 1) * options["lr_decay"])) * g / (np.sqrt(total) + f32(options["eps"]))


def _rmsprop(p: Any, g: Any, state: dict[str, Any], t: int, options: dict[str, Any]) -> Any:
    variance = state["square_avg"] = _mean_square(state["square_avg"], g, options["alpha"])
    if options["centered"]:
        mean = state["grad_avg"] = _lerp(state["grad_avg"], g, options["alpha"])
        variance = np.maximum(fma(-mean, mean, variance), f32(0))
    divisor = np.sqrt(variance) + f32(options["eps"])
    if not options["momentum"]:
        return p + f32(-options["lr"]) * g / divisor
    b = state["momentum_buffer"] = fma(f32(options["momentum"]), state["momentum_buffer"], g / divisor)
    return fma(f32(-options["lr"]), b, p)


def _lion(p: Any, g: Any, state: dict[str, Any], t: int, options: dict[str, Any]) -> Any:
    beta1, beta2 = options["betas"]
    direction = np.sign(_mean(state["exp_avg"], g, beta1))
    state["exp_avg"] = _mean(state["exp_avg"], g, beta2)
    return fma(f32(-options["lr"]), direction, p)


def _ademamix(p: Any, g: Any, state: dict[str, Any], t: int, options: dict[str, Any]) -> Any:
    """Without warm-ups."""
    beta1, beta2, beta3 = options["betas"]
    m = state["exp_avg_fast"] = _mean(state["exp_avg_fast"], g, beta1)
    v = state["exp_avg_sq"] = _mean_square(state["exp_avg_sq"], g, beta2)
    n = state["exp_avg_slow"] = _mix(state["exp_avg_slow"], g, f32(1 - beta3))
    update = fma(-f32(options["lr"] / (1 - beta1**t)), m, f32(-options["lr"] * options["alpha"]) * n)
    return p + update / (np.sqrt(v) / _root_of_correction(beta2, t) + f32(options["eps"]))


def _adopt(p: Any, g: Any, state: dict[str, Any], t: int, options: dict[str, Any]) -> Any:
    beta1, beta2 = options["betas"]
    v = state["exp_avg_sq"]
    if t == 1:
        state["exp_avg_sq"] = fma(g, g, v)
        return p
    limit = f32((t - 1) ** options["clip_exponent"])
    direction = np.clip(g / np.maximum(np.sqrt(v), f32(options["eps"])), -limit, limit)
    m = state["exp_avg"] = _mean(state["exp_avg"], direction, beta1)
    state["exp_avg_sq"] = _mean_square(v, g, beta2)
    return fma(f32(-options["lr"]), m, p)


def _schedule_free(p: Any, g: Any, state: dict[str, Any], t: int, options: dict[str, Any]) -> Any:
    """Without a warm-up."""
    beta1, beta2 = options["betas"]
    lr = options["lr"]
    state["lr_max"] = max(state["lr_max"], lr)
    weight = float(t) ** options["r"] * state["lr_max"] ** options["weight_lr_power"]
    state["weight_sum"] += weight
    share = weight / state["weight_sum"]
    z = p if t == 1 else state["z"]
    v = state["exp_avg_sq"] = _mean_square(state["exp_avg_sq"], g, beta2)
    u = fma(f32(options["weight_decay"]), p, g / (np.sqrt(v) / _root_of_correction(beta2, t) + f32(options["eps"])))
    state["z"] = fma(f32(-lr), u, z)
    return fma(f32(lr * (beta1 * (1 - share) - 1)), u, _mix(p, z, f32(share)))


def _adan(p: Any, g: Any, state: dict[str, Any], t: int, options: dict[str, Any]) -> Any:
    beta1, beta2, beta3 = options["betas"]
    lr = options["lr"] * (1 if options["no_prox"] else 1 / (1 + options["lr"] * options["weight_decay"]))
    change = np.zeros_like(g) if t == 1 else g + state["neg_pre_grad"]
    state["neg_pre_grad"] = -g
    m = state["exp_avg"] = _mean(state["exp_avg"], g, beta1)
    d = state["exp_avg_diff"] = _mean(state["exp_avg_diff"], change, beta2)
    n = state["exp_avg_sq"] = _mean_square(state["exp_avg_sq"], fma(f32(beta2), change, g), beta3)
    update = fma(f32(-lr / (1 - beta1**t)), m, f32(-lr * beta2 / (1 - beta2**t)) * d)
    return p + update / (np.sqrt(n) / _root_of_correction(beta3, t) + f32(options["eps"]))


def _adadelta(p: Any, g: Any, state: dict[str, Any], t: int, options: dict[str, Any]) -> Any:
    eps = f32(options["eps"])
    square = state["square_avg"] = _mean_square(state["square_avg"], g, options["rho"])
    update = np.sqrt(state["acc_delta"] + eps) / np.sqrt(square + eps) * g
    state["acc_delta"] = _mean_square(state["acc_delta"], update, options["rho"])
    return fma(f32(-options["lr"]), update, p)


def _sparse_adam(p: Any, g: Any, state: dict[str, Any], t: int, options: dict[str, Any]) -> Any:
    """For the rows that have gradients, each once."""
    beta1, beta2 = options["betas"]
    m = state["exp_avg"] = _lerp(state["exp_avg"], g, beta1)
    v = state["exp_avg_sq"] = _mean_square(state["exp_avg_sq"], g, beta2)
    size = f32(-options["lr"] / (1 - beta1**t) * np.sqrt(1 - beta2**t))
    return p + size * m / (np.sqrt(v) + f32(options["eps"]))


STEPS: dict[str, Step] = {
    "Adam": _adam,
    "AdamW": _adam,
    "NAdam": _nadam,
    "RAdam": _radam,
    "Adamax": _adamax,
    "SGD": _sgd,
    "Adagrad": _adagrad,
    "RMSprop": _rmsprop,
    "Lion": _lion,
    "AdEMAMix": _ademamix,
    "ADOPT": _adopt,
    "AdamWScheduleFree": _schedule_free,
    "Adan": _adan,
    "Adadelta": _adadelta,
    "SparseAdam": _sparse_adam,
}

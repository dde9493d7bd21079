"""The optimizers' formulas over numpy arrays in double precision, written down independently of the library.

Each is a function of a parameter, a gradient, the state by PyTorch's names, which it changes, the step and all hyperparameters by
name, and gives the new parameter.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Callable, NamedTuple

import fastadam
import numpy as np


def _decayed(p, g, lr, weight_decay, decoupled, maximize):
    if maximize:
        g = -g
    if decoupled:
        return p - lr * weight_decay * p, g
    return p, g + weight_decay * p


def _average(state, name, beta, x):
    state[name] = beta * state[name] + (1 - beta) * x
    return state[name]


def adam(p, g, state, t, *, lr, betas, eps, weight_decay, amsgrad, decoupled_weight_decay, maximize):
    p, g = _decayed(p, g, lr, weight_decay, decoupled_weight_decay, maximize)
    m = _average(state, "exp_avg", betas[0], g)
    v = _average(state, "exp_avg_sq", betas[1], g**2)
    if amsgrad:
        v = state["max_exp_avg_sq"] = np.maximum(state["max_exp_avg_sq"], v)
    return p - lr * (m / (1 - betas[0] ** t)) / (np.sqrt(v / (1 - betas[1] ** t)) + eps)


def nadam(p, g, state, t, *, lr, betas, eps, weight_decay, momentum_decay, decoupled_weight_decay, maximize):
    p, g = _decayed(p, g, lr, weight_decay, decoupled_weight_decay, maximize)
    mu, following = (betas[0] * (1 - 0.5 * 0.96 ** (k * momentum_decay)) for k in (t, t + 1))
    state["mu_product"] *= mu
    m = _average(state, "exp_avg", betas[0], g)
    v = _average(state, "exp_avg_sq", betas[1], g**2)
    forward = following * m / (1 - state["mu_product"] * following)
    present = (1 - mu) * g / (1 - state["mu_product"])
    return p - lr * (present + forward) / (np.sqrt(v / (1 - betas[1] ** t)) + eps)


def radam(p, g, state, t, *, lr, betas, eps, weight_decay, decoupled_weight_decay, maximize):
    p, g = _decayed(p, g, lr, weight_decay, decoupled_weight_decay, maximize)
    m = _average(state, "exp_avg", betas[0], g) / (1 - betas[0] ** t)
    v = _average(state, "exp_avg_sq", betas[1], g**2)
    longest = 2 / (1 - betas[1]) - 1
    length = longest - 2 * t * betas[1] ** t / (1 - betas[1] ** t)
    if length <= 5:
        return p - lr * m
    rectification = np.sqrt((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length))
    return p - lr * m * rectification * np.sqrt(1 - betas[1] ** t) / (np.sqrt(v) + eps)


def adamax(p, g, state, t, *, lr, betas, eps, weight_decay, maximize):
    p, g = _decayed(p, g, lr, weight_decay, False, maximize)
    m = _average(state, "exp_avg", betas[0], g)
    u = state["exp_inf"] = np.maximum(betas[1] * state["exp_inf"], np.abs(g) + eps)
    return p - lr / (1 - betas[0] ** t) * m / u


def sgd(p, g, state, t, *, lr, momentum, dampening, weight_decay, nesterov, maximize):
    p, g = _decayed(p, g, lr, weight_decay, False, maximize)
    if momentum:
        b = state["momentum_buffer"] = g if t == 1 else momentum * state["momentum_buffer"] + (1 - dampening) * g
        g = g + momentum * b if nesterov else b
    return p - lr * g


def adagrad(p, g, state, t, *, lr, lr_decay, weight_decay, initial_accumulator_value, eps, maximize):
    p, g = _decayed(p, g, lr, weight_decay, False, maximize)
    if t == 1:
        state["sum"] = state["sum"] + initial_accumulator_value
    state["sum"] = state["sum"] + g**2
    return p - lr / (1 + (t - 1) * lr_decay) * g / (np.sqrt(state["sum"]) + eps)


def rmsprop(p, g, state, t, *, lr, alpha, eps, weight_decay, momentum, centered, maximize):
    p, g = _decayed(p, g, lr, weight_decay, False, maximize)
    variance = _average(state, "square_avg", alpha, g**2)
    if centered:
        variance = variance - _average(state, "grad_avg", alpha, g) ** 2
    update = g / (np.sqrt(variance) + eps)
    if momentum:
        update = state["momentum_buffer"] = momentum * state["momentum_buffer"] + update
    return p - lr * update


def lion(p, g, state, t, *, lr, betas, weight_decay, decoupled_weight_decay, maximize):
    p, g = _decayed(p, g, lr, weight_decay, decoupled_weight_decay, maximize)
    p = p - lr * np.sign(betas[0] * state["exp_avg"] + (1 - betas[0]) * g)
    _average(state, "exp_avg", betas[1], g)
    return p


def ademamix(
    p, g, state, t, *, lr, betas, alpha, beta3_warmup, alpha_warmup, eps, weight_decay, decoupled_weight_decay, maximize
):
    p, g = _decayed(p, g, lr, weight_decay, decoupled_weight_decay, maximize)
    slow = betas[2]
    if alpha_warmup and t < alpha_warmup:
        alpha = alpha * t / alpha_warmup
    if beta3_warmup and t < beta3_warmup:
        half_lives = [np.log(0.5) / np.log(beta) for beta in (betas[0], betas[2])]
        slow = 0.5 ** (1 / (half_lives[0] + (half_lives[1] - half_lives[0]) * t / beta3_warmup))
    m = _average(state, "exp_avg_fast", betas[0], g) / (1 - betas[0] ** t)
    v = _average(state, "exp_avg_sq", betas[1], g**2) / (1 - betas[1] ** t)
    n = _average(state, "exp_avg_slow", slow, g)
    return p - lr * (m + alpha * n) / (np.sqrt(v) + eps)


def adopt(p, g, state, t, *, lr, betas, eps, clip_exponent, weight_decay, decoupled_weight_decay, maximize):
    decayed, g = _decayed(p, g, lr, weight_decay, decoupled_weight_decay, maximize)
    if t == 1:
        state["exp_avg_sq"] = g**2
        return p
    limit = np.inf if np.isinf(clip_exponent) else (t - 1) ** clip_exponent
    normalized = np.clip(g / np.maximum(np.sqrt(state["exp_avg_sq"]), eps), -limit, limit)
    _average(state, "exp_avg_sq", betas[1], g**2)
    return decayed - lr * _average(state, "exp_avg", betas[0], normalized)


def schedule_free(y, g, state, t, *, lr, betas, eps, weight_decay, warmup_steps, r, weight_lr_power, maximize):
    if maximize:
        g = -g
    if t == 1:
        state["z"] = y
    x = schedule_free_average(y, state, betas)
    lr = lr * min(t / warmup_steps, 1) if warmup_steps else lr
    state["lr_max"] = np.maximum(state["lr_max"], lr)
    weight = t**r * state["lr_max"] ** weight_lr_power
    state["weight_sum"] = state["weight_sum"] + weight
    v = _average(state, "exp_avg_sq", betas[1], g**2) / (1 - betas[1] ** t)
    state["z"] = state["z"] - lr * (g / (np.sqrt(v) + eps) + weight_decay * y)
    x = x + weight / state["weight_sum"] * (state["z"] - x)
    return (1 - betas[0]) * state["z"] + betas[0] * x


def schedule_free_average(y, state, betas):
    """The parameters for evaluation, from those in training."""
    return (y - (1 - betas[0]) * state["z"]) / betas[0]


def adan(p, g, state, t, *, lr, betas, eps, weight_decay, no_prox, maximize):
    if maximize:
        g = -g
    change = 0 * g if t == 1 else g + state["neg_pre_grad"]
    state["neg_pre_grad"] = -g
    m = _average(state, "exp_avg", betas[0], g) / (1 - betas[0] ** t)
    v = _average(state, "exp_avg_diff", betas[1], change) / (1 - betas[1] ** t)
    n = _average(state, "exp_avg_sq", betas[2], (g + betas[1] * change) ** 2) / (1 - betas[2] ** t)
    update = lr * (m + betas[1] * v) / (np.sqrt(n) + eps)
    return p * (1 - lr * weight_decay) - update if no_prox else (p - update) / (1 + lr * weight_decay)


def adadelta(p, g, state, t, *, lr, rho, eps, weight_decay, maximize):
    p, g = _decayed(p, g, lr, weight_decay, False, maximize)
    _average(state, "square_avg", rho, g**2)
    update = np.sqrt(state["acc_delta"] + eps) / np.sqrt(state["square_avg"] + eps) * g
    _average(state, "acc_delta", rho, update**2)
    return p - lr * update


def sparse_adam(p, g, state, t, *, lr, betas, eps, maximize):
    """For the rows that have gradients, each once."""
    m = _average(state, "exp_avg", betas[0], -g if maximize else g)
    v = _average(state, "exp_avg_sq", betas[1], g**2)
    return p - lr * np.sqrt(1 - betas[1] ** t) / (1 - betas[0] ** t) * m / (np.sqrt(v) + eps)


class Facts(NamedTuple):
    """What is known of an optimizer without its help."""

    formula: Callable[..., Any]
    arguments: dict[str, Any]  # by position, with their defaults: torch.optim's, or those of the authors' code
    options: tuple[dict[str, Any], ...]  # to test with, beside none
    numbers: dict[str, float] = {}  # of each parameter, before step 1


BETAS = {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8}
OPTIMIZERS = {
    fastadam.Adam: Facts(
        adam,
        {**BETAS, "weight_decay": 0, "amsgrad": False},
        (
            {"lr": 0.1, "betas": (0.5, 0.75), "eps": 1e-3, "weight_decay": 0.1, "maximize": True},
            {"lr": 0.1, "amsgrad": True, "weight_decay": 0.1, "decoupled_weight_decay": True},
        ),
    ),
    fastadam.AdamW: Facts(
        adam, {**BETAS, "weight_decay": 1e-2, "amsgrad": False}, ({"lr": 0.1, "amsgrad": True, "maximize": True},)
    ),
    fastadam.NAdam: Facts(
        nadam,
        {**BETAS, "lr": 2e-3, "weight_decay": 0, "momentum_decay": 4e-3, "decoupled_weight_decay": False},
        (
            {"lr": 0.1, "momentum_decay": 0.1, "weight_decay": 0.1, "maximize": True},
            {"lr": 0.1, "betas": (0.5, 0.75), "weight_decay": 0.1, "decoupled_weight_decay": True},
        ),
        {"mu_product": 1.0},
    ),
    fastadam.RAdam: Facts(
        radam,
        {**BETAS, "weight_decay": 0, "decoupled_weight_decay": False},
        (
            {"lr": 0.1, "betas": (0.5, 0.75), "weight_decay": 0.1, "maximize": True},
            {"lr": 0.1, "betas": (0.8, 0.9), "weight_decay": 0.1, "decoupled_weight_decay": True},
        ),
    ),
    fastadam.Adamax: Facts(
        adamax,
        {**BETAS, "lr": 2e-3, "weight_decay": 0},
        ({"lr": 0.1, "betas": (0.5, 0.75), "eps": 1e-2, "weight_decay": 0.1, "maximize": True},),
    ),
    fastadam.SGD: Facts(
        sgd,
        {"lr": 1e-3, "momentum": 0, "dampening": 0, "weight_decay": 0, "nesterov": False},
        (
            {"lr": 0.1, "momentum": 0.9, "dampening": 0.5, "weight_decay": 0.1, "maximize": True},
            {"lr": 0.1, "momentum": 0.9, "nesterov": True},
        ),
    ),
    fastadam.Adagrad: Facts(
        adagrad,
        {"lr": 1e-2, "lr_decay": 0, "weight_decay": 0, "initial_accumulator_value": 0, "eps": 1e-10},
        ({"lr": 0.1, "lr_decay": 0.1, "weight_decay": 0.1, "initial_accumulator_value": 0.5, "eps": 1e-3, "maximize": True},),
    ),
    fastadam.RMSprop: Facts(
        rmsprop,
        {"lr": 1e-2, "alpha": 0.99, "eps": 1e-8, "weight_decay": 0, "momentum": 0, "centered": False},
        (
            {"lr": 0.1, "alpha": 0.5, "momentum": 0.9, "weight_decay": 0.1, "eps": 1e-3, "maximize": True},
            {"lr": 0.1, "centered": True, "eps": 1e-3},
            {"lr": 0.1, "centered": True, "momentum": 0.5, "eps": 1e-3},
        ),
    ),
    # Betas of rules that take a sign are exact in binary: in the tests' 16 bits a sum may be zero, whose sign would be chance.
    fastadam.Lion: Facts(
        lion,
        {"lr": 1e-4, "betas": (0.9, 0.99), "weight_decay": 0},
        ({"lr": 0.1, "betas": (0.5, 0.75), "weight_decay": 0.1, "maximize": True},),
    ),
    fastadam.AdEMAMix: Facts(
        ademamix,
        {
            "lr": 1e-3, "betas": (0.9, 0.999, 0.9999), "alpha": 5, "beta3_warmup": 0, "alpha_warmup": 0, "eps": 1e-8,
            "weight_decay": 0,
        },
        (
            {"lr": 0.1, "betas": (0.5, 0.75, 0.9), "alpha": 2.0, "eps": 1e-3, "weight_decay": 0.1, "maximize": True},
            {"lr": 0.1, "betas": (0.8, 0.9, 0.99), "alpha_warmup": 4.0, "beta3_warmup": 3.0},
        ),
    ),
    fastadam.ADOPT: Facts(
        adopt,
        {
            "lr": 1e-3, "betas": (0.9, 0.9999), "eps": 1e-6, "clip_exponent": 0.25, "weight_decay": 0,
            "decoupled_weight_decay": False,
        },
        (
            {"lr": 0.1, "betas": (0.5, 0.75), "eps": 1e-3, "weight_decay": 0.1, "maximize": True},
            {"lr": 0.1, "clip_exponent": np.inf, "weight_decay": 0.1, "decoupled_weight_decay": True},
        ),
    ),
    fastadam.AdamWScheduleFree: Facts(
        schedule_free,
        {**BETAS, "lr": 2.5e-3, "weight_decay": 0, "warmup_steps": 0, "r": 0, "weight_lr_power": 2},
        (
            {"lr": 0.1, "betas": (0.5, 0.75), "eps": 1e-3, "weight_decay": 0.1, "warmup_steps": 3.0, "maximize": True},
            {"lr": 0.1, "r": 1.0, "weight_lr_power": 0.0},
        ),
        {"weight_sum": 0.0, "lr_max": 0.0, "eval_mode": 0.0},
    ),
    fastadam.Adan: Facts(
        adan,
        {"lr": 1e-3, "betas": (0.98, 0.92, 0.99), "eps": 1e-8, "weight_decay": 0},
        (
            {"lr": 0.1, "betas": (0.5, 0.75, 0.9), "eps": 1e-3, "weight_decay": 0.1, "maximize": True},
            {"lr": 0.1, "weight_decay": 0.1, "no_prox": True},
        ),
    ),
    fastadam.Adadelta: Facts(
        adadelta,
        {"lr": 1, "rho": 0.9, "eps": 1e-6, "weight_decay": 0},
        ({"lr": 0.1, "rho": 0.5, "eps": 1e-3, "weight_decay": 0.1, "maximize": True},),
    ),
}


def initial_state(kind):
    """The state of a parameter before step 1: arrays of zeros as the number 0."""
    return defaultdict(float, OPTIMIZERS[kind].numbers)


def cases():
    """Each optimizer with each of its options: the class, the options and the formula with all hyperparameters."""
    for kind, facts in OPTIMIZERS.items():
        for options in ({}, *facts.options):
            numbers = {**kind.hyperparameters, **options}
            del numbers["preserve_subnormals"]
            yield kind, options, lambda p, g, state, t, f=facts.formula, n=numbers: f(p, g, state, t, **n)

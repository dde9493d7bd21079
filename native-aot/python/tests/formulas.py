"""The optimizers' formulas over numpy arrays in double precision, written down independently of the library.

Each is a function of a parameter, a gradient, the state by PyTorch's names, which it changes, the step and all hyperparameters by
name, and gives the new parameter.
"""

from __future__ import annotations

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


def sparse_adam(p, g, state, t, *, lr, betas, eps, maximize):
    """For the rows that have gradients, each once."""
    m = _average(state, "exp_avg", betas[0], -g if maximize else g)
    v = _average(state, "exp_avg_sq", betas[1], g**2)
    return p - lr * np.sqrt(1 - betas[1] ** t) / (1 - betas[0] ** t) * m / (np.sqrt(v) + eps)


# The dense optimizers with their formulas, and options that differ from the defaults.
OPTIMIZERS = {
    fastadam.Adam: (
        adam,
        {},
        {"lr": 0.1, "betas": (0.5, 0.75), "eps": 1e-3, "weight_decay": 0.1, "maximize": True},
        {"lr": 0.1, "amsgrad": True, "weight_decay": 0.1, "decoupled_weight_decay": True},
    ),
    fastadam.AdamW: (adam, {}, {"lr": 0.1, "amsgrad": True, "maximize": True}),
    fastadam.NAdam: (
        nadam,
        {},
        {"lr": 0.1, "momentum_decay": 0.1, "weight_decay": 0.1, "maximize": True},
        {"lr": 0.1, "betas": (0.5, 0.75), "weight_decay": 0.1, "decoupled_weight_decay": True},
    ),
    fastadam.RAdam: (
        radam,
        {},
        {"lr": 0.1, "betas": (0.5, 0.75), "weight_decay": 0.1, "maximize": True},
        {"lr": 0.1, "betas": (0.8, 0.9), "weight_decay": 0.1, "decoupled_weight_decay": True},
    ),
    fastadam.Adamax: (adamax, {}, {"lr": 0.1, "betas": (0.5, 0.75), "eps": 1e-2, "weight_decay": 0.1, "maximize": True}),
    fastadam.SGD: (
        sgd,
        {},
        {"lr": 0.1, "momentum": 0.9, "dampening": 0.5, "weight_decay": 0.1, "maximize": True},
        {"lr": 0.1, "momentum": 0.9, "nesterov": True},
    ),
    fastadam.Adagrad: (
        adagrad,
        {},
        {"lr": 0.1, "lr_decay": 0.1, "weight_decay": 0.1, "initial_accumulator_value": 0.5, "eps": 1e-3, "maximize": True},
    ),
    fastadam.RMSprop: (
        rmsprop,
        {},
        {"lr": 0.1, "alpha": 0.5, "momentum": 0.9, "weight_decay": 0.1, "eps": 1e-3, "maximize": True},
        {"lr": 0.1, "centered": True, "eps": 1e-3},
        {"lr": 0.1, "centered": True, "momentum": 0.5, "eps": 1e-3},
    ),
    fastadam.Lion: (lion, {}, {"lr": 0.1, "betas": (0.5, 0.75), "weight_decay": 0.1, "maximize": True}),
}


def cases():
    """Each optimizer with each of its options: the class, the options and the formula with all hyperparameters."""
    for kind, (formula, *all_options) in OPTIMIZERS.items():
        for options in all_options:
            numbers = {**kind.hyperparameters, **options}
            del numbers["preserve_subnormals"]
            yield kind, options, lambda p, g, state, t, f=formula, n=numbers: f(p, g, state, t, **n)

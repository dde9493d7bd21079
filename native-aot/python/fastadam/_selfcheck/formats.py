"""The storage formats' definitions in numpy, independent of the library."""

from __future__ import annotations

from typing import Any

import numpy as np

from .reference import decay, f32, fma

BLOCK = 128


def to_bfloat16(x: Any) -> Any:
    """Rounded to nearest even, as bits; for finite values."""
    bits = x.view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def from_bfloat16(bits: Any) -> Any:
    return (bits.astype(np.uint32) << 16).view(f32)


def block_step(p: Any, g: Any, state: dict[str, Any], t: int, options: dict[str, Any]) -> Any:
    """A step of AdamW whose moments are in blocks of 8 bits: the parameter after it. Changes ``state``: codes and scales."""
    size = p.size
    beta1, beta2 = options["betas"]
    correction = np.sqrt(1 - beta2**t)
    of_m = f32(-(options["lr"] / (1 - beta1**t) * correction))
    eps = f32(options["eps"] * correction)

    q = state["exp_avg"].view(np.int8).astype(f32)
    m = fma(q, _of_elements(state["exp_avg_scale"] * f32(beta1 / 127), size), f32(1 - beta1) * g)
    unit = _of_elements(state["exp_avg_sq_scale"] * f32(np.sqrt(beta2) / 255.5), size)
    root = fma(state["exp_avg_sq"].astype(f32), unit, unit / f32(2))
    r = np.sqrt(fma(f32(1 - beta2) * g, g, root * root))

    largest, code = _encoded(m, 127.0, 1.0, 2.0**-100)
    state["exp_avg_scale"], state["exp_avg"] = largest, np.rint(code).astype(np.int8).view(np.uint8)
    largest, code = _encoded(r, 255.5, 256.0, 2.0**-50)
    state["exp_avg_sq_scale"], state["exp_avg_sq"] = largest, np.floor(np.rint(code) / 256).astype(np.uint8)
    return fma(p, decay(options), of_m * m / (r + eps))


def _of_elements(of_blocks: Any, size: int) -> Any:
    return np.repeat(of_blocks, BLOCK)[:size]


def _encoded(numbers: Any, top: float, fraction: float, smallest: float) -> tuple[Any, Any]:
    """The scale of each block, and the numbers in units of their code's last bit, times ``fraction``, exact in float64."""
    starts = np.arange(0, numbers.size, BLOCK)
    largest = np.maximum.reduceat(np.abs(numbers), starts)
    largest = np.where(largest < smallest, f32(0), largest)
    factor = np.where(largest > 0, f32(top) / np.where(largest > 0, largest, f32(1)), f32(0)).astype(f32)
    return largest, numbers.astype(np.float64) * _of_elements(factor, numbers.size) * fraction


def join(upper: Any, lower: Any) -> Any:
    """The float32 parameters of bfloat16 ones and the lower 16 bits beside them."""
    return ((upper.astype(np.int64) << 16) + lower).astype(np.uint32).view(f32)

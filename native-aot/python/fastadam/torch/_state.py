"""The state that is kept for a parameter: torch tensors, by PyTorch's names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from .. import _library
from .._formats import BLOCK_LENGTH, LOWER
from .._rule import Number, StateArray
from ._layout import CODES, in_order_of

#: The float32 parameter behind a bfloat16 or float16 one.
MASTER = "master"

_LOWER_TYPES = {_library.SPLIT16: torch.int16, _library.SPLIT8: torch.int8}
_TYPES = {
    **{code: dtype for dtype, code in CODES.items()},
    _library.BLOCK8: torch.uint8,
    _library.BF16_STOCHASTIC: torch.bfloat16,
}


def step_tensor(value: Any) -> Tensor:
    """A step count as PyTorch keeps it: float32, which counts to 2**24."""
    return torch.tensor(float(value), dtype=torch.float32, device="cpu")


def number_dtype(number: Number) -> torch.dtype:
    """The dtype of a number that a rule keeps: PyTorch's own for the one that PyTorch has."""
    return torch.float32 if number.name == "mu_product" else torch.float64


def state_array(param: Tensor, kind: StateArray, code: int, state: Mapping[str, Any], initial: float) -> dict[str, Tensor]:
    """A state array of a parameter in the library's format of that code, with its scales where it has some.

    They are those that are there, where they suit; else they are made of these, or hold what they do before the first step.
    """
    array = state.get(kind.name)
    scale = state.get(kind.scale_name)
    if array is None:
        return _stored(torch.full_like(param, initial, dtype=torch.float32, requires_grad=False), kind, code) if initial else _zeros(
            param, kind, code
        )
    if not isinstance(array, Tensor) or array.layout != torch.strided or array.device != param.device:
        what = f"on {array.device}, {array.layout}" if isinstance(array, Tensor) else type(array).__name__
        raise TypeError(f"{kind.name} must be a dense tensor on {param.device}, not {what}.")
    if array.shape != param.shape:
        raise ValueError(f"{kind.name} has the shape {tuple(array.shape)}, but its parameter has {tuple(param.shape)}.")
    is_block8 = array.dtype == torch.uint8
    if is_block8 and not (
        isinstance(scale, Tensor) and scale.device == param.device and scale.dtype == torch.float32 and scale.numel() == _blocks(array)
    ):
        raise ValueError(f"{kind.name} is in block8, but {kind.scale_name} does not have its {_blocks(array)} scales of float32.")
    if not is_block8 and not array.dtype.is_floating_point:
        raise TypeError(f"{kind.name} is {array.dtype}, which is no format of state.")
    ordered = in_order_of(array.detach(), param)
    if ordered.dtype == _TYPES[code]:
        in_place = ordered.data_ptr() == array.data_ptr()
        if code != _library.BLOCK8:
            return {kind.name: array if in_place else ordered}
        if in_place:
            return {kind.name: array, kind.scale_name: scale.contiguous()}
    values = in_order_of(_decoded(array, scale, kind) if is_block8 else array.detach().to(torch.float32), param)
    return _stored(values, kind, code)


def lower_bits(param: Tensor, code: int, state: Mapping[str, Any]) -> Tensor:
    """The lower bits of a parameter that is split: those that are there, or zeros."""
    lower = state.get(LOWER)
    if lower is None:
        return torch.zeros_like(param, dtype=_LOWER_TYPES[code], requires_grad=False)
    if lower.dtype != _LOWER_TYPES[code] or lower.shape != param.shape:
        raise TypeError(f"{LOWER} is {lower.dtype} of the shape {tuple(lower.shape)}, but the parameter needs {_LOWER_TYPES[code]}.")
    return in_order_of(lower, param)


def master(param: Tensor, state: Mapping[str, Any]) -> Tensor:
    """The float32 parameter behind another one: the one that is there, unless the parameter is no longer its rounding."""
    kept = state.get(MASTER)
    if kept is None or kept.shape != param.shape or not torch.equal(kept.to(param.dtype), param.detach()):
        return param.detach().to(torch.float32, copy=True)
    return in_order_of(kept.to(torch.float32), param)


def _blocks(array: Tensor) -> int:
    return -(-array.numel() // BLOCK_LENGTH)


def _zeros(param: Tensor, kind: StateArray, code: int) -> dict[str, Tensor]:
    result = {kind.name: torch.zeros_like(param, dtype=_TYPES[code], requires_grad=False)}
    if code == _library.BLOCK8:
        result[kind.scale_name] = torch.zeros(_blocks(param), dtype=torch.float32, device="cpu")
    return result


def _stored(values: Tensor, kind: StateArray, code: int) -> dict[str, Tensor]:
    """Numbers of float32 in a format."""
    if code != _library.BLOCK8:
        return {kind.name: values.to(_TYPES[code])}
    result = _zeros(values, kind, code)
    _call("fastadam_encode", result[kind.name], result[kind.scale_name], kind, values)
    return result


def _decoded(codes: Tensor, scale: Tensor, kind: StateArray) -> Tensor:
    values = torch.empty_like(codes, dtype=torch.float32)
    _call("fastadam_decode", codes, scale.contiguous(), kind, values)
    return values


def _call(function: str, codes: Tensor, scale: Tensor, kind: StateArray, values: Tensor) -> None:
    _library.enter()
    flags = 0 if kind.is_signed else _library.NEVER_NEGATIVE
    status = getattr(_library.library, function)(
        _library.BLOCK8, codes.data_ptr(), scale.data_ptr(), codes.numel(), flags, values.data_ptr()
    )
    if status != _library.OK:
        raise _library.error(status)

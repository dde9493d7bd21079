"""What torch tensors are to the library: their dtypes, and the order of their elements in memory."""

from __future__ import annotations

import torch
from torch import Tensor

from .. import _library

#: The dtypes that the library computes with, and their codes.
CODES = {torch.float32: _library.F32, torch.float16: _library.F16, torch.bfloat16: _library.BF16}

_PLAIN_TYPES = (Tensor, torch.nn.Parameter)


def require_parameter(tensor: Tensor, name: str) -> None:
    """Raises TypeError where a tensor has a type or a dtype that is no parameter of the library's."""
    if type(tensor) not in _PLAIN_TYPES:
        raise TypeError(f"{name} must be a plain tensor, not {type(tensor).__name__}, whose memory may hold something else.")
    if tensor.dtype not in CODES:
        raise TypeError(f"{name} is {tensor.dtype}: FastAdam computes in single precision, with float32, float16 or bfloat16 parameters.")
    if tensor.layout != torch.strided:
        raise TypeError(f"{name} has the layout {tensor.layout}: parameters must be dense tensors.")


def require_memory(tensor: Tensor, name: str) -> None:
    """Raises TypeError or ValueError where a step cannot work in a parameter's memory."""
    require_parameter(tensor, name)
    if tensor.device.type != "cpu":
        raise TypeError(f"{name} is on the device {tensor.device}, not in the CPU's memory.")
    if tensor.is_inference() and not torch.is_inference_mode_enabled():
        raise ValueError(f"{name} was made in inference mode, outside of which PyTorch refuses its changes.")
    if tensor.is_neg():
        raise TypeError(f"{name} is a negative view, whose memory holds other values; resolve_neg() gives a plain one.")
    if not is_dense(tensor):
        raise ValueError(
            f"{name} has the strides {tensor.stride()} with the shape {tuple(tensor.shape)}: a parameter must fill its memory without gaps "
            "or overlaps, in any order of its dimensions."
        )


def is_dense(tensor: Tensor) -> bool:
    """Whether its elements fill one stretch of memory, each place once, in any order of its dimensions."""
    if tensor.is_contiguous():
        return True
    expected = 1
    for stride, size in sorted((stride, size) for stride, size in zip(tensor.stride(), tensor.shape) if size != 1):
        if stride != expected:
            return False
        expected *= size
    return True


def has_order_of(tensor: Tensor, like: Tensor) -> bool:
    """Whether a tensor of the same shape has its elements in the order of another one, which is dense."""
    return tensor.numel() == 0 or all(
        stride == own for stride, own, size in zip(tensor.stride(), like.stride(), like.shape) if size != 1
    )


def in_order_of(tensor: Tensor, like: Tensor) -> Tensor:
    """It, or a copy of it in that order."""
    if tensor.layout == torch.strided and not tensor.is_neg() and has_order_of(tensor, like):
        return tensor
    return torch.empty_like(like, dtype=tensor.dtype, requires_grad=False).copy_(tensor)

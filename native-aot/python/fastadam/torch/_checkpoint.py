"""Checkpoints of the optimizers for PyTorch, in the layout of src/CHECKPOINTS.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ctypes import memmove
from typing import Any, Optional

import torch
from torch import Tensor

from .. import _safetensors
from .._checkpoint_layout import (
    checked_names,
    metadata_of,
    require_layout,
    saved_groups,
    saved_names,
    saved_seed,
    users_metadata,
)
from .._replacing import Path
from .._safetensors import Progress, SafeTensors
from .._safetensors_header import quoted
from ._layout import require_memory
from ._optimizer import FusedOptimizer, parameter_name
from ._state import MASTER

_NAMES = {
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.float64: "F64",
    torch.int64: "I64",
    torch.int16: "I16",
    torch.int8: "I8",
    torch.uint8: "U8",
}
_DTYPES = {name: dtype for dtype, name in _NAMES.items()}


def save_checkpoint(
    path: Path,
    optimizer: FusedOptimizer,
    *,
    params: bool = True,
    names: Optional[Sequence[str]] = None,
    metadata: Optional[Mapping[str, str]] = None,
    progress: Optional[Progress] = None,
) -> None:
    """Saves an optimizer's state, and its parameters, as one safetensors file, as ``fastadam.save_checkpoint`` does.

    A run that ``load_checkpoint`` has loaded goes on with the same bits. A float32 parameter behind another one (master_copy="float32") is
    the file's parameter, and the model's is its copy.

    Args:
        path: the file.
        optimizer: any of this module's.
        params: whether the parameters are saved, too.
        names: the parameters' names in the file, in their order over all groups, such as those of ``model.named_parameters()``; by default
            "0", "1" and so on.
        metadata: texts of your own; ``load_checkpoint`` gives them back. Keys that begin with "fastadam." are not for you.
        progress: is called with the bytes done and those of the whole file, after each 8 MiB.

    Raises:
        TypeError, ValueError: a hyperparameter, a parameter, a name or a text is none that can be saved; state in block8 belongs to a
            parameter with another order of dimensions than C's, which the file does not know.
        OSError: the file cannot be written.

    After an exception the old file is as it was.
    """
    members = _members(optimizer)
    known = checked_names(names, len(members))
    state = optimizer.state_dict()
    tensors: list[_safetensors.Tensor] = []
    kept: list[Tensor] = []  # alive until they are written

    def add(name: str, tensor: Tensor) -> None:
        array = tensor.detach().contiguous()
        kept.append(array)
        tensors.append(_safetensors.Tensor(name, _NAMES[array.dtype], tuple(array.shape), array.data_ptr()))

    for i, (name, (param, _)) in enumerate(zip(known, members)):
        entry = state["state"].get(i, {})
        if params:
            add(f"params.{name}", entry.get(MASTER, param))
            if MASTER in entry:
                add(f"copies.{name}", param)
        for key, value in entry.items():
            if key == "step":
                add(f"state.{name}.step", torch.tensor(int(value), dtype=torch.int64))
            elif key != MASTER and isinstance(value, Tensor):
                if value.dtype == torch.uint8 and not value.is_contiguous():
                    raise ValueError(f"{name}: {key} in block8 has the order {value.stride()}; only C's can be saved.")
                is_number = any(x.name == key for x in optimizer.kind.rule.numbers)
                add(f"state.{name}.{key}", value.to(torch.float64) if is_number else value)

    groups = [
        {"rule": optimizer.kind.rule.name, "params": saved["params"], **optimizer._checked(group, f"param_groups[{i}]: ")}
        for i, (saved, group) in enumerate(zip(state["param_groups"], optimizer.param_groups))
    ]
    _safetensors.write(path, tensors, metadata_of(known, groups, optimizer._settings.seed, metadata), progress)


@torch.no_grad()
def load_checkpoint(
    path: Path, optimizer: FusedOptimizer, *, params: bool = True, names: Optional[Sequence[str]] = None
) -> dict[str, str]:
    """Loads what ``save_checkpoint`` has saved, or ``fastadam.save_checkpoint``, or C#.

    The state becomes the optimizer's as ``load_state_dict`` says, in this optimizer's formats; the seed and the hyperparameters become its
    own, and its parameters those of the file.

    Args:
        path: the file.
        optimizer: takes over what is saved.
        params: whether the parameters are loaded, too.
        names: the names of this optimizer's parameters, in their order over all groups, by which they are found in the file; by default
            they are taken in the order of the file.

    Returns:
        The metadata of ``save_checkpoint``.

    Raises:
        TypeError: a parameter has another dtype than the file's.
        ValueError: the file is no valid checkpoint; parameters, groups, rules or shapes differ; or the file has no parameters although
            they are to be loaded.
        OSError: the file cannot be read.

    After an exception this optimizer and its parameters are as they were.
    """
    members = _members(optimizer)
    with SafeTensors(path) as file:
        try:
            require_layout(file)
            in_file = saved_names(file)
            own = in_file if names is None else checked_names(names, len(members))
            if len(in_file) != len(members):
                raise ValueError(f"it has {len(in_file)} parameters; this optimizer has {len(members)}.")
            if sorted(own) != sorted(in_file):
                raise ValueError(f"it has the parameters {in_file}; names says {own}.")
            groups = _fitting_groups(saved_groups(file, in_file), optimizer, own)
            state = _state(file, own)
            copies = [x for name, (param, _) in zip(own, members) for x in _values(file, name, param, state)] if params else []
            seed = saved_seed(file)
            optimizer.load_state_dict({"state": state, "param_groups": groups})
        except (TypeError, ValueError) as fault:
            raise type(fault)(f"{path}: {fault}") from None
        for param, value in copies:
            param.copy_(value)
        optimizer._settings = optimizer._settings._replace(seed=seed)
        return users_metadata(file)


def _members(optimizer: FusedOptimizer) -> list[tuple[Tensor, str]]:
    """The parameters, and what messages call them."""
    if not isinstance(optimizer, FusedOptimizer):
        raise TypeError(f"optimizer must be one of fastadam.torch's, not {type(optimizer).__name__}.")
    members = [(x, parameter_name(i, j)) for i, group in enumerate(optimizer.param_groups) for j, x in enumerate(group["params"])]
    for param, name in members:
        require_memory(param, name)
    return members


def _fitting_groups(groups: list[dict[str, Any]], optimizer: FusedOptimizer, names: Sequence[str]) -> list[dict[str, Any]]:
    """The saved groups as ``load_state_dict`` takes them. Raises ValueError where they are not those of the optimizer."""
    if len(groups) != len(optimizer.param_groups):
        raise ValueError(f"it has {len(groups)} groups; this optimizer has {len(optimizer.param_groups)}.")
    place = 0
    result = []
    for i, (saved, own) in enumerate(zip(groups, optimizer.param_groups)):
        rule = saved.pop("rule", None)
        if rule != optimizer.kind.rule.name:
            raise ValueError(f"param_groups[{i}] has the rule {rule!r}, but this optimizer's is {optimizer.kind.rule.name!r}.")
        own_names = list(names[place : place + len(own["params"])])
        if set(saved["params"]) != set(own_names):
            raise ValueError(f"param_groups[{i}] has the parameters {saved['params']}, but this optimizer's are {own_names}.")
        if saved.get("decoupled_weight_decay") != own.get("decoupled_weight_decay"):
            raise ValueError(f"param_groups[{i}] has another decoupled_weight_decay than this optimizer.")
        place += len(own["params"])
        group = {**own, **saved, "params": own_names}
        optimizer._checked(group, f"param_groups[{i}]: ")
        result.append(group)
    return result


def _state(file: SafeTensors, names: Sequence[str]) -> dict[str, dict[str, Tensor]]:
    """The state of each parameter that has some."""
    state: dict[str, dict[str, Tensor]] = {}
    for tensor in file:
        if tensor.startswith("state."):
            name, _, array = tensor[len("state.") :].rpartition(".")
            if name not in names:
                raise ValueError(f"the tensor {quoted(tensor)} belongs to no parameter.")
            value = _tensor(file, tensor)
            state.setdefault(name, {})[array] = value.to(torch.float32) if array == "step" else value
    for name, entry in state.items():
        if "step" not in entry:
            raise ValueError(f"state.{name} has arrays, but no step.")
    return state


def _values(file: SafeTensors, name: str, param: Tensor, state: dict[str, dict[str, Tensor]]) -> list[tuple[Tensor, Tensor]]:
    """A parameter and what is to be copied into it. What stands behind it becomes part of its state."""
    if f"params.{name}" not in file:
        raise ValueError(f"it has no params.{name}: params=False leaves the parameters as they are.")
    value = _tensor(file, f"params.{name}")
    if f"copies.{name}" in file and param.dtype != torch.float32:
        state.setdefault(name, {"step": torch.zeros(())})[MASTER] = value
        value = _tensor(file, f"copies.{name}")
    if value.dtype != param.dtype:
        raise TypeError(f"params.{name} is {value.dtype}, but this optimizer's is {param.dtype}.")
    if value.shape != param.shape:
        raise ValueError(f"params.{name} has the shape {tuple(value.shape)}, but this optimizer's has {tuple(param.shape)}.")
    return [(param, value)]


def _tensor(file: SafeTensors, name: str) -> Tensor:
    """A copy of a tensor of the file."""
    dtype = _DTYPES.get(file.dtypes[name])
    if dtype is None:
        raise ValueError(f"the tensor {quoted(name)} is {file.dtypes[name]}, which no checkpoint has.")
    result = torch.empty(file.shapes[name], dtype=dtype)
    memmove(result.data_ptr(), file[name].ctypes.data, result.numel() * result.element_size())
    return result

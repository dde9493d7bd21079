"""Checkpoints: an optimizer's state and its parameters in one safetensors file. src/CHECKPOINTS.md has the layout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ctypes import memmove
from functools import partial
from typing import Any, Optional

from . import _library
from ._arrays import INT8, INT16, View, require_same_shape, view
from ._checkpoint_layout import (
    checked_names,
    metadata_of,
    require_layout,
    saved_groups,
    saved_names,
    saved_seed,
    users_metadata,
)
from ._formats import LOWER, dtype_name, lower_layouts, state_layouts
from ._optimizer import Group, Optimizer
from ._replacing import Path
from ._rule import Rule
from ._safetensors import Progress, SafeTensors, Tensor, write
from ._safetensors_header import quoted
from ._state import Parameter

_DTYPES = {
    _library.F32: "F32",
    _library.F16: "F16",
    _library.BF16: "BF16",
    _library.BLOCK8: "U8",
    INT16: "I16",
    INT8: "I8",
}


# Types that come as uint16 or uint8, which mean other ones in an optimizer's state.
_HIDDEN = ("U16", "F8_E5M2", "F8_E4M3", "F8_E8M0")


def save_checkpoint(
    path: Path,
    optimizer: Optimizer,
    *,
    params: bool = True,
    names: Optional[Sequence[str]] = None,
    metadata: Optional[Mapping[str, str]] = None,
    progress: Optional[Progress] = None,
) -> None:
    """Saves an optimizer's state, and its parameters, as one safetensors file.

    A run that ``load_checkpoint`` has loaded goes on with the same bits: the file has ``state_dict()``, the seed and
    preserve_subnormals. The layout is that of src/CHECKPOINTS.md, which C# reads as well: "params.0", "state.0.exp_avg" and so on. What
    lies in memory is written from there, without a copy; nothing may step meanwhile. The old file stays until the new one is whole, as
    ``save_file`` says.

    Args:
        path: the file.
        optimizer: any of this package's.
        params: whether the parameters are saved, too, and their 16-bit copies where they have some.
        names: the parameters' names in the file, in their order over all groups; by default "0", "1" and so on.
        metadata: texts of your own, such as the epoch and the state of random generators; ``load_checkpoint`` gives them back. Keys that
            begin with "fastadam." are not for you.
        progress: is called with the bytes done and those of the whole file, after each 8 MiB.

    Raises:
        TypeError, ValueError: a hyperparameter of the optimizer, a name or a text is none that can be saved.
        OSError: the file cannot be written.
        ImportError: numpy is not installed.

    After an exception the old file is as it was.
    """
    import numpy

    _require_optimizer(optimizer)
    content = optimizer._content
    known = checked_names(names, len(content.parameters))
    tensors: list[Tensor] = []
    kept: list[Any] = []  # arrays of numbers, alive until they are written

    def add(name: str, array: View) -> None:
        tensors.append(Tensor(name, _DTYPES[array.dtype], array.shape, array.address))

    def add_number(name: str, dtype: str, value: Any) -> None:
        kept.append(value)
        tensors.append(Tensor(name, dtype, (), value.ctypes.data))

    for name, x in zip(known, content.parameters):
        rule = content.groups[x.group].kind.rule
        if params:
            add(f"params.{name}", x.view(optimizer._uint16))
            copy = x.copy_view(optimizer._uint16)
            if copy is not None:
                add(f"copies.{name}", copy)
        if x.steps == 0 and not rule.starts_with_state:
            if LOWER in x.arrays and x.arrays[LOWER].any():
                add_number(f"state.{name}.step", "I64", numpy.array(0, numpy.int64))
                add(f"state.{name}.{LOWER}", x.state_view(LOWER, x.arrays[LOWER]))
            continue
        add_number(f"state.{name}.step", "I64", numpy.array(x.steps, numpy.int64))
        for number, value in zip(rule.numbers, x.numbers):
            add_number(f"state.{name}.{number.name}", "F64", numpy.array(value, numpy.float64))
        for each in rule.arrays:
            if each.name in x.arrays:
                for part_name, part in zip((each.name, each.scale_name), x.stored_state(each, x.arrays).views):
                    add(f"state.{name}.{part_name}", part)
        if LOWER in x.arrays:
            add(f"state.{name}.{LOWER}", x.state_view(LOWER, x.arrays[LOWER]))

    groups = [_saved_group(group, optimizer._place(i)) for i, group in enumerate(content.groups)]
    write(path, tensors, metadata_of(known, groups, optimizer.seed, metadata), progress)


def load_checkpoint(
    path: Path, optimizer: Optimizer, *, params: bool = True, names: Optional[Sequence[str]] = None
) -> dict[str, str]:
    """Loads what ``save_checkpoint``, or C#, has saved.

    The state, the hyperparameters and the seed become the optimizer's own, as ``load_state_dict`` says, and its parameters those of the
    file, in the arrays that it has: it must have been made with the same formats and dtypes.

    Args:
        path: the file.
        optimizer: takes over what is saved.
        params: whether the parameters, and their copies, are loaded, too.
        names: the names of this optimizer's parameters, in their order over all groups, by which they are found in the file; by default
            they are taken in the order of the file.

    Returns:
        The metadata of ``save_checkpoint``.

    Raises:
        TypeError: a tensor has another dtype or format than this optimizer's.
        ValueError: the file is no valid checkpoint; parameters, groups, rules or shapes differ; or the file has no parameters
            although they are to be loaded.
        KeyError: a hyperparameter or a state array is missing.
        OSError: the file cannot be read.
        MemoryError: there is no memory for arrays that the loaded options need and the present ones did not.
        ImportError: numpy is not installed.

    After an exception this optimizer and its parameters are as they were; after one of a signal's handler, as they were or with all of
    the file.
    """
    _require_optimizer(optimizer)
    with SafeTensors(path) as file:
        try:
            return _load(file, optimizer, params, names)
        except (TypeError, ValueError) as fault:
            raise type(fault)(f"{path}: {fault}") from None


def _load(file: SafeTensors, optimizer: Optimizer, params: bool, names: Optional[Sequence[str]]) -> dict[str, str]:
    require_layout(file)
    content = optimizer._content
    in_file = saved_names(file)
    groups = saved_groups(file, in_file)
    own_names = in_file if names is None else checked_names(names, len(content.parameters))
    if len(in_file) != len(content.parameters):
        raise ValueError(f"it has {len(in_file)} parameters; this optimizer has {len(content.parameters)}.")
    if len(groups) != len(content.groups):
        raise ValueError(f"it has {len(groups)} groups; this optimizer has {len(content.groups)}.")
    for i, (saved, own) in enumerate(zip(groups, content.groups)):
        _fit_group(saved, own, [own_names[place] for place in own.places], f"param_groups[{i}]")

    rules = {name: content.groups[x.group].kind.rule for name, x in zip(own_names, content.parameters)}
    parameters = dict(zip(own_names, content.parameters))
    state: dict[str, dict[str, Any]] = {}
    for tensor, dtype in file.dtypes.items():
        if not tensor.startswith("state."):
            continue
        name, _, array = tensor[len("state.") :].rpartition(".")
        if name not in parameters:
            raise ValueError(f"the tensor {quoted(tensor)} belongs to no parameter.")
        _check_state(tensor, array, dtype, file.shapes[tensor], parameters[name], rules[name], optimizer)
        state.setdefault(name, {})[array] = file[tensor]
    for name, entry in state.items():
        if "step" not in entry:
            raise ValueError(f"state.{name} has arrays, but no step.")

    calls: list[partial[Any]] = []
    sources: list[Any] = []  # alive until they are copied
    if params:
        for name, x in parameters.items():
            calls.append(_copying(file, f"params.{name}", x.view(optimizer._uint16), sources))
            copy = x.copy_view(optimizer._uint16)
            if copy is not None:
                calls.append(_copying(file, f"copies.{name}", copy, sources))
    calls.append(partial(setattr, optimizer, "seed", saved_seed(file)))
    optimizer._load({"state": state, "param_groups": groups}, calls, is_file=True)
    return users_metadata(file)


def _require_optimizer(optimizer: Any) -> None:
    if not isinstance(optimizer, Optimizer):
        kind = type(optimizer)
        raise TypeError(
            f"optimizer must be one of fastadam's for arrays, not {kind.__module__}.{kind.__qualname__}; fastadam.torch has a function of "
            "its own for its optimizers."
        )


def _saved_group(group: Group, place: str) -> dict[str, Any]:
    """What the file has of a group. Raises TypeError or ValueError for bad hyperparameters."""
    return {"rule": group.kind.rule.name, "params": list(group.places), **group.checked(place)}


def _fit_group(saved: dict[str, Any], own: Group, own_names: list[str], what: str) -> None:
    """Makes of a saved group one for ``load_state_dict``. Raises ValueError where it is not that of the optimizer."""
    rule = own.kind.rule
    if saved.get("rule") != rule.name:
        raise ValueError(f"{what} has the rule {saved.get('rule')!r}, but this optimizer's is {rule.name!r}.")
    del saved["rule"]
    if set(saved["params"]) != set(own_names):
        raise ValueError(f"{what} has the parameters {saved['params']}, but this optimizer's are {own_names}.")
    saved["params"] = own_names
    for known in rule.hyperparameters:
        if not known.fields:  # the library, and C#, do not know it
            saved.setdefault(known.name, own.options[known.name])


def _check_state(
    tensor: str, array: str, dtype: str, shape: tuple[int, ...], parameter: Parameter, rule: Rule, optimizer: Optimizer
) -> None:
    """Raises where ``load_state_dict`` could not see what is wrong, since numpy has no types of that name."""
    number = "I64" if array == "step" else "F64" if any(x.name == array for x in rule.numbers) else None
    if number is not None:
        if dtype != number or shape != ():
            raise TypeError(f"{tensor} must be {number} without dimensions, not {dtype} of the shape {shape}.")
        return
    param = parameter.view(optimizer._uint16)
    layouts = [
        *(x for each in rule.arrays for x in state_layouts(each, param.shape, param.size, parameter.dtype, parameter.state_format)),
        *lower_layouts(parameter.formats, param.shape, param.dtype),
    ]
    for layout in layouts:
        if layout.name == array and (dtype in _HIDDEN or (dtype == "BF16" and layout.dtype != _library.BF16)):
            raise TypeError(f"{tensor} is {dtype}, but this optimizer's {array} is {dtype_name(layout.dtype)}.")


def _copying(file: SafeTensors, tensor: str, own: View, sources: list[Any]) -> partial[Any]:
    """The call that copies a tensor into an array."""
    if tensor not in file:
        raise ValueError(f"it has no {tensor}: params=False leaves the parameters as they are.")
    if file.dtypes[tensor] != _DTYPES[own.dtype]:
        raise TypeError(f"{tensor} is {file.dtypes[tensor]}, but this optimizer's {own.name} is {_DTYPES[own.dtype]}.")
    array = file[tensor]
    sources.append(array)
    saved = view(array, tensor, None, own.dtype, False)
    require_same_shape(saved, own)
    return partial(memmove, own.address, saved.address, own.end - own.address)



"""Checkpoints: an optimizer's state and its parameters in one safetensors file. src/CHECKPOINTS.md has the layout."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from ctypes import memmove
from functools import partial
from typing import Any, Optional

from . import _hyperparameters, _library
from ._arrays import INT8, INT16, View, require_same_shape, view
from ._formats import LOWER, dtype_name, lower_layouts, state_layouts
from ._optimizer import Group, Optimizer
from ._replacing import Path
from ._rule import Rule
from ._safetensors import Progress, SafeTensors, Tensor, write
from ._safetensors_header import checked_metadata, quoted, what_is_wrong
from ._state import Parameter

_LAYOUT = "1"
_PREFIX = "fastadam."
_INFINITY = "Infinity"

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
    known = _checked_names(names, len(content.parameters))
    texts = checked_metadata({} if metadata is None else metadata)
    for key in texts:
        if key.startswith(_PREFIX):
            raise ValueError(f'metadata[{quoted(key)}] begins with "{_PREFIX}", as the layout\'s own keys do.')
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

    texts[_PREFIX + "layout"] = _LAYOUT
    texts[_PREFIX + "params"] = json.dumps(known, ensure_ascii=False)
    groups = [_saved_group(group, optimizer._place(i)) for i, group in enumerate(content.groups)]
    texts[_PREFIX + "param_groups"] = json.dumps(groups, allow_nan=False)
    texts[_PREFIX + "seed"] = str(_hyperparameters.seed_number(optimizer.seed))
    write(path, tensors, texts, progress)


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
        except ValueError as fault:
            raise ValueError(f"{path}: {fault}") from None


def _load(file: SafeTensors, optimizer: Optimizer, params: bool, names: Optional[Sequence[str]]) -> dict[str, str]:
    layout = file.metadata.get(_PREFIX + "layout")
    if layout != _LAYOUT:
        raise ValueError(
            "it is no checkpoint: its metadata has no fastadam.layout."
            if layout is None
            else f"its layout is {quoted(layout)}, but this version reads {_LAYOUT}."
        )
    content = optimizer._content
    saved_names = _saved_names(file)
    groups = _saved_groups(file, saved_names)
    own_names = saved_names if names is None else _checked_names(names, len(content.parameters))
    if len(saved_names) != len(content.parameters):
        raise ValueError(f"it has {len(saved_names)} parameters; this optimizer has {len(content.parameters)}.")
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
    calls.append(partial(setattr, optimizer, "seed", _saved_seed(file)))
    optimizer._load({"state": state, "param_groups": groups}, calls)
    return {key: value for key, value in file.metadata.items() if not key.startswith(_PREFIX)}


def _require_optimizer(optimizer: Any) -> None:
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be one of fastadam's, not {type(optimizer).__name__}.")


def _checked_names(names: Optional[Sequence[str]], count: int) -> list[str]:
    if names is None:
        return [str(i) for i in range(count)]
    if isinstance(names, (str, bytes)) or not isinstance(names, Sequence):
        raise TypeError(f"names must be a list of str, not {type(names).__name__}.")
    if len(names) != count:
        raise ValueError(f"names has {len(names)} names, but there are {count} parameters.")
    for i, name in enumerate(names):
        if not isinstance(name, str):
            raise TypeError(f"names[{i}] must be a str, not {type(name).__name__}.")
        wrong = what_is_wrong(name) if name else "must not be empty"
        if wrong is not None:
            raise ValueError(f"names[{i}] {wrong}.")
    _require_different(names, "names")
    return list(names)


def _require_different(names: Sequence[str], what: str) -> None:
    seen = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{what} has {quoted(name)} twice.")
        seen.add(name)


def _saved_group(group: Group, place: str) -> dict[str, Any]:
    """What the file has of a group. Raises TypeError or ValueError for bad hyperparameters."""
    values = group.checked(place)
    numbers = {name: _INFINITY if x == math.inf else x for name, x in values.items()}
    return {"rule": group.kind.rule.name, "params": list(group.places), **numbers}


def _text(file: SafeTensors, key: str) -> str:
    if _PREFIX + key not in file.metadata:
        raise ValueError(f"its metadata has no {_PREFIX}{key}.")
    return file.metadata[_PREFIX + key]


def _json(file: SafeTensors, key: str) -> list[Any]:
    try:
        value = json.loads(_text(file, key))
    except (json.JSONDecodeError, RecursionError) as fault:
        raise ValueError(f"{_PREFIX}{key} of its metadata is no valid JSON: {fault}") from None
    if not isinstance(value, list):
        raise ValueError(f"{_PREFIX}{key} of its metadata must be a list.")
    return value


def _saved_names(file: SafeTensors) -> list[str]:
    names = _json(file, "params")
    if not all(isinstance(x, str) for x in names):
        raise ValueError(f"{_PREFIX}params of its metadata must be a list of names.")
    _require_different(names, f"{_PREFIX}params of its metadata")
    return names


def _saved_groups(file: SafeTensors, names: Sequence[str]) -> list[dict[str, Any]]:
    """The groups, with the parameters' names instead of their places."""
    groups = _json(file, "param_groups")
    places: list[Any] = []
    for group in groups:
        if not isinstance(group, dict) or not isinstance(group.get("params"), list):
            raise ValueError(f"{_PREFIX}param_groups of its metadata must be a list of groups with params.")
        places.extend(group["params"])
    if any(type(x) is not int for x in places) or places != list(range(len(names))):
        raise ValueError(f"params of {_PREFIX}param_groups of its metadata must be 0 to {len(names) - 1}, in order.")
    return [
        {
            name: [names[i] for i in value] if name == "params" else math.inf if value == _INFINITY else value
            for name, value in group.items()
        }
        for group in groups
    ]


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


def _saved_seed(file: SafeTensors) -> int:
    text = _text(file, "seed")
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(1 << 64)) and int(text) < 1 << 64):
        raise ValueError(f"{_PREFIX}seed of its metadata must be an integer from 0 to 2^64 - 1, not {quoted(text)}.")
    return int(text)

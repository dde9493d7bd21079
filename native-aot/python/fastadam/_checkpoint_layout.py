"""The layout of checkpoint files, src/CHECKPOINTS.md: names, groups and metadata."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Optional

from . import _hyperparameters
from ._safetensors import SafeTensors
from ._safetensors_header import checked_metadata, quoted, what_is_wrong

_LAYOUT = "1"
_PREFIX = "fastadam."
_INFINITY = "Infinity"


def metadata_of(
    names: Sequence[str], groups: Sequence[Mapping[str, Any]], seed: int, metadata: Optional[Mapping[str, str]]
) -> dict[str, str]:
    """The metadata of a file: the user's, and the layout's own. Raises TypeError or ValueError for ones that cannot be saved.

    Args:
        names: of all parameters.
        groups: "rule", "params", the places, and hyperparameters.
        seed: of random rounding.
        metadata: the user's.
    """
    texts = checked_metadata({} if metadata is None else metadata)
    for key in texts:
        if key.startswith(_PREFIX):
            raise ValueError(f'metadata[{quoted(key)}] begins with "{_PREFIX}", as the layout\'s own keys do.')
    finite = [{name: _INFINITY if x == math.inf else x for name, x in group.items()} for group in groups]
    texts[_PREFIX + "layout"] = _LAYOUT
    texts[_PREFIX + "params"] = json.dumps(list(names), ensure_ascii=False)
    texts[_PREFIX + "param_groups"] = json.dumps(finite, allow_nan=False)
    texts[_PREFIX + "seed"] = str(_hyperparameters.seed_number(seed))
    return texts


def users_metadata(file: SafeTensors) -> dict[str, str]:
    """The metadata that is not the layout's."""
    return {key: value for key, value in file.metadata.items() if not key.startswith(_PREFIX)}


def require_layout(file: SafeTensors) -> None:
    """Raises ValueError for a file of another layout, or none."""
    layout = file.metadata.get(_PREFIX + "layout")
    if layout != _LAYOUT:
        raise ValueError(
            "it is no checkpoint: its metadata has no fastadam.layout."
            if layout is None
            else f"its layout is {quoted(layout)}, but this version reads {_LAYOUT}."
        )


def checked_names(names: Optional[Sequence[str]], count: int) -> list[str]:
    """The names of so many parameters. Raises TypeError or ValueError for bad ones."""
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


def saved_names(file: SafeTensors) -> list[str]:
    """The names of the file's parameters."""
    names = _json(file, "params")
    if not all(isinstance(x, str) for x in names):
        raise ValueError(f"{_PREFIX}params of its metadata must be a list of names.")
    _require_different(names, f"{_PREFIX}params of its metadata")
    return names


def saved_groups(file: SafeTensors, names: Sequence[str]) -> list[dict[str, Any]]:
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


def saved_seed(file: SafeTensors) -> int:
    """The seed of random rounding."""
    text = _text(file, "seed")
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(1 << 64)) and int(text) < 1 << 64):
        raise ValueError(f"{_PREFIX}seed of its metadata must be an integer from 0 to 2^64 - 1, not {quoted(text)}.")
    return int(text)


def _require_different(names: Sequence[str], what: str) -> None:
    seen = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{what} has {quoted(name)} twice.")
        seen.add(name)


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

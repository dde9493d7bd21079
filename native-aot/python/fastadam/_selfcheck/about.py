"""What is installed here: the library, its kernels, formats and optimizers."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import platform
from typing import Any, Optional

import fastadam
import numpy as np
from fastadam import _library, _optimizers

from . import processors

#: Of each storage format the arguments of the optimizers that ask for it, as one writes them.
FORMATS: tuple[dict[str, str], ...] = (
    {"dtype": "float32"},
    {"dtype": "float16"},
    {"dtype": "bfloat16"},
    {"dtype": "bfloat16", "moment_dtype": "float32"},
    {"dtype": "float32", "state_format": "block8"},
    {"dtype": "float32", "state_format": "bfloat16_stochastic"},
    {"dtype": "float32", "copy": "bfloat16"},
    {"dtype": "bfloat16", "master": "split", "moment_dtype": "float32"},
    {"dtype": "bfloat16", "master": "split", "state_format": "block8"},
    {"dtype": "bfloat16", "master": "split8", "state_format": "block8"},
)

_ELEMENTS = 1 << 20


def facts() -> dict[str, Any]:
    """By the names that programs know them by."""
    return {
        "version": fastadam.__version__,
        "library": _library.path,
        "isa": fastadam.isa(),
        "threads": processors.count(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "torch": torch_version(),
        "formats": [_format(x) for x in FORMATS],
        "optimizers": [_optimizer(x) for x in (*_optimizers.__all__, "SparseAdam")],
    }


def torch_version() -> Optional[str]:
    """PyTorch's version, without importing it; None where it is not installed."""
    if importlib.util.find_spec("torch") is None:
        return None
    try:
        return importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        return "of unknown version"


def isa_names() -> tuple[str, ...]:
    """What FASTADAM_ISA can ask for on this kind of machine."""
    return ("neon", "scalar") if platform.machine().lower() in ("aarch64", "arm64") else ("avx512", "avx2", "scalar")


def _format(arguments: dict[str, str]) -> dict[str, Any]:
    need = fastadam.memory(_ELEMENTS, **arguments)  # type: ignore[arg-type]
    return {
        "arguments": arguments,
        "bytes_per_element": {
            "params": (need.params + need.lower_bits + need.copies) / _ELEMENTS,
            "grads": need.grads / _ELEMENTS,
            "state": need.state / _ELEMENTS,
            "total": need.total / _ELEMENTS,
        },
    }


def _optimizer(name: str) -> dict[str, Any]:
    kind = getattr(fastadam, name)
    return {
        "name": name,
        "state": [x.name for x in kind.rule.kept(kind.hyperparameters)],
        "options": {x.option: x.name for x in kind.rule.arrays if x.option is not None},
        "bytes_per_element": fastadam.memory(_ELEMENTS, kind).state / _ELEMENTS,
    }

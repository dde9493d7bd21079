"""What an optimizer is told beyond PyTorch's arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Optional

import torch

from .. import _hyperparameters, _library
from .._threads import executor_name
from ._layout import CODES

_STATE_FORMATS = {None: None, "block8": _library.BLOCK8, "bfloat16_stochastic": _library.BF16_STOCHASTIC}
_SPLITS = {"split": _library.SPLIT16, "split8": _library.SPLIT8}
_COPIES = {torch.bfloat16: _library.F32_BF16_COPY, torch.float16: _library.F32_F16_COPY}
_STOCHASTIC = {torch.bfloat16: _library.BF16_STOCHASTIC, torch.float16: _library.F16_STOCHASTIC}

#: The arguments that ``Settings`` is made of.
NAMES = (
    "max_grad_norm", "moment_dtype", "state_format", "min_8bit_size", "master_copy", "stochastic_rounding", "seed", "threads",
    "executor",
)


class Settings(NamedTuple):
    """What holds for all groups of an optimizer."""

    max_grad_norm: Optional[float] = None
    moment_dtype: Optional[torch.dtype] = None
    state_format: Optional[str] = None
    min_8bit_size: int = 4096
    master_copy: Optional[str] = None
    stochastic_rounding: bool = False
    seed: int = 0
    threads: Optional[int] = None
    executor: Optional[str] = "openmp"

    @staticmethod
    def checked(arguments: Mapping[str, Any]) -> Settings:
        """Those of a constructor's arguments. Raises TypeError or ValueError for bad ones, and for ones that do not go together."""
        values = {name: arguments[name] for name in NAMES if name in arguments}
        norm = values.get("max_grad_norm")
        if norm is not None:
            values["max_grad_norm"] = _hyperparameters.norm("max_grad_norm", norm)
        moments = values.get("moment_dtype")
        if moments is not None and moments not in CODES:
            raise ValueError(f"moment_dtype must be torch.float32, torch.float16 or torch.bfloat16, not {moments!r}.")
        if not isinstance(values.get("state_format"), (str, type(None))) or values.get("state_format") not in _STATE_FORMATS:
            raise ValueError(f'state_format must be None, "block8" or "bfloat16_stochastic", not {values["state_format"]!r}.')
        master = values.get("master_copy")
        if isinstance(master, bool):
            values["master_copy"] = master = "split" if master else None
        if master not in (None, "split", "split8", "float32"):
            raise ValueError(f'master_copy must be None, "split", "split8" or "float32", not {master!r}.')
        if not isinstance(values.setdefault("stochastic_rounding", False), bool):
            raise TypeError(f"stochastic_rounding must be True or False, not {values['stochastic_rounding']!r}.")
        if master is not None and values["stochastic_rounding"]:
            raise ValueError(f'master_copy="{master}" does not go with stochastic_rounding: it keeps what that saves.')
        values["min_8bit_size"] = _hyperparameters.element_count("min_8bit_size", values.get("min_8bit_size", 4096))
        values["seed"] = _hyperparameters.seed_number(values.get("seed", 0))
        if values.get("threads") is not None:
            values["threads"] = _hyperparameters.thread_count(values["threads"])
        values["executor"] = executor_name(values.get("executor", "openmp"))
        return Settings(**values)

    def executor_address(self) -> Optional[int]:
        """The library's executor; None where there is none of PyTorch's, or none is asked for."""
        address: Optional[int] = None if self.executor is None else _library.library.fastadam_openmp_executor()
        return address

    def state_code(self, dtype: torch.dtype, size: int, takes_formats: bool) -> int:
        """The library's code for a state array of a parameter with that dtype and so many elements."""
        code = _STATE_FORMATS[self.state_format] if takes_formats else None
        if code is None or (code == _library.BLOCK8 and size < self.min_8bit_size):
            return CODES[self.moment_dtype or dtype]
        return code

    def param_code(self, dtype: torch.dtype) -> int:
        """The library's code for a parameter with that dtype."""
        if dtype != torch.float32:
            if self.master_copy == "float32":
                return _COPIES[dtype]
            if self.master_copy is not None:
                if dtype != torch.bfloat16:
                    raise TypeError(f'master_copy="{self.master_copy}" is for bfloat16 parameters; for {dtype} there is "float32".')
                return _SPLITS[self.master_copy]
            if self.stochastic_rounding:
                return _STOCHASTIC[dtype]
        return CODES[dtype]

"""SparseAdam for PyTorch: steps over the rows that have gradients."""

from __future__ import annotations

import math
from ctypes import sizeof
from functools import partial
from operator import setitem
from typing import Any, NamedTuple, Optional, Union

import torch
from torch import Tensor

from .. import _library, _sparse
from ._layout import CODES, require_memory
from ._optimizer import FusedOptimizer, parameter_name
from ._state import state_array


class SparseAdam(FusedOptimizer):
    """Adam over the rows of parameters that have sparse gradients. ``fastadam.SparseAdam`` has the formula.

    Gradients are sparse COO tensors; where an index occurs more than once, its values are added. Rows that do not occur stay as they
    are, with their moments. There are no storage formats.
    """

    kind = _sparse.SparseAdam

    def __init__(
        self,
        params: Any,
        lr: Union[float, Tensor] = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        maximize: bool = False,
        *,
        preserve_subnormals: bool = False,
        max_grad_norm: Optional[float] = None,
        moment_dtype: Optional[torch.dtype] = None,
        threads: Optional[int] = None,
        executor: Optional[str] = "openmp",
    ) -> None:
        """``FusedOptimizer`` says what params and the arguments from max_grad_norm on are.

        Args:
            lr: the step size; finite, above 0.
            betas: the decay rates beta1, beta2; each from 0 to below 1.
            eps: the term against division by zero; finite, above 0.
            maximize: climb the objective: the gradients' sign is reversed when they are read.
            preserve_subnormals: store state below 2**-126 as it is, as PyTorch does, instead of as zero.
        """
        # Those of a group may be given once only.
        params = [{**x, "params": _params_of(x)} if isinstance(x, dict) else x for x in params]
        sparse = [
            i if not isinstance(item, dict) else [i, j]
            for i, item in enumerate(params)
            for j, param in enumerate(_params_of(item))
            if param.layout != torch.strided
        ]
        if sparse:
            raise ValueError(f"Sparse params at indices {sparse}: SparseAdam requires dense parameter tensors")
        super().__init__(params, locals())

    def _prepared(self) -> Any:
        rows = [
            _Rows.checked(param, param.grad, i, parameter_name(i, j))
            for i, group in enumerate(self.param_groups)
            for j, param in enumerate(group["params"])
            if param.grad is not None
        ]
        return _SparsePlan(rows, self)


class _Rows(NamedTuple):
    """A parameter as rows, and the gradients of some of them."""

    param: Tensor
    indices: Tensor  # of rows, int64
    values: Tensor
    row_count: int
    row_length: int
    group: int
    name: str

    @staticmethod
    def checked(param: Tensor, grad: Tensor, group: int, name: str) -> _Rows:
        if grad.layout != torch.sparse_coo:
            raise RuntimeError(f"SparseAdam does not support dense gradients, please consider Adam instead ({name})")
        require_memory(param, name)
        if not param.is_contiguous():
            raise ValueError(f"{name} must be contiguous: its rows are its first dimensions.")
        if grad.shape != param.shape:
            raise ValueError(f"{name} has the shape {tuple(param.shape)}, but its gradient has {tuple(grad.shape)}.")
        dims = grad.sparse_dim()
        places, values = grad._indices(), grad._values().contiguous()
        if values.dtype not in CODES:
            raise TypeError(f"{name} has a gradient of {values.dtype}; it must be float32, float16 or bfloat16.")
        sizes = param.shape[:dims]
        if places.numel() and not (places.min() >= 0 and bool((places < places.new_tensor(sizes).unsqueeze(1)).all())):
            raise ValueError(f"{name} has a gradient with an index that is none of its {tuple(sizes)} rows.")
        if dims == 1:
            indices = places[0]
        else:
            strides = [math.prod(sizes[i + 1 :]) for i in range(dims)]
            indices = (places * places.new_tensor(strides).unsqueeze(1)).sum(0)
        return _Rows(param, indices.contiguous(), values, math.prod(sizes), math.prod(param.shape[dims:]), group, name)


class _SparsePlan:
    """A step over rows, as ``Plan`` for whole parameters. It is made anew each time: gradients have other rows."""

    function = "fastadam_sparse_step"

    def __init__(self, rows: list[_Rows], optimizer: FusedOptimizer) -> None:
        self.state = optimizer.state
        self.count = len(rows)
        self.tensors = (_library.Table * self.count)()
        self._rows = rows
        self._keeping: list[partial[Any]] = []
        self._versions = [x.param.detach().as_strided((0,), (1,)) for x in rows]
        state = optimizer.state
        rule = optimizer.kind.rule
        for table, each in zip(self.tensors, rows):
            old = state.get(each.param, {})
            own: dict[str, Any] = {}
            code = optimizer._settings.state_code(each.param.dtype, each.param.numel(), takes_formats=False)
            try:
                for kind in rule.arrays:
                    own.update(state_array(each.param, kind, code, old, 0.0))
                step = int(old.get("step", 0))
            except (TypeError, ValueError) as error:
                raise type(error)(f"{each.name}: {error}") from None
            table.struct_size = sizeof(_library.Table)
            table.group = each.group
            table.step = step + 1
            table.rows, table.row_length, table.count = each.row_count, each.row_length, each.indices.numel()
            table.param, table.param_dtype = each.param.data_ptr(), CODES[each.param.dtype]
            table.grad, table.grad_dtype = each.values.data_ptr(), CODES[each.values.dtype]
            table.indices = each.indices.data_ptr()
            table.exp_avg, table.exp_avg_dtype = own["exp_avg"].data_ptr(), CODES[own["exp_avg"].dtype]
            table.exp_avg_sq, table.exp_avg_sq_dtype = own["exp_avg_sq"].data_ptr(), CODES[own["exp_avg_sq"].dtype]
            # PyTorch's keeps an int here; its other classes take a tensor, too.
            self._keeping.append(partial(setitem, state, each.param, {**old, **own, "step": step + 1}))

    @property
    def params(self) -> list[Tensor]:
        """The parameters."""
        return [x.param for x in self._rows]

    def fits(self, params: list[Tensor], grads: list[Any]) -> bool:
        """Whether it is that of these gradients, too: never."""
        return False

    def prepare(self) -> None:
        """Nothing is left to do."""

    def keeping(self, is_step: bool = True) -> list[partial[Any]]:
        """As ``Plan.keeping``."""
        return [*self._keeping, partial(torch._foreach_zero_, self._versions)] if self._rows else []

    def kept(self) -> None:
        """As ``Plan.kept``. The rows, which are gradients, are let go."""
        self._rows = []

    def name_of(self, i: int) -> str:
        """What messages call a parameter."""
        return self._rows[i].name

    def steps_by_group(self) -> list[tuple[int, int]]:
        """The group and the number of each parameter's step."""
        return [(int(x.group), int(x.step)) for x in self.tensors]


def _params_of(item: Any) -> list[Tensor]:
    if isinstance(item, dict):
        params = item.get("params", [])
        return [params] if isinstance(params, Tensor) else list(params)
    return [item] if isinstance(item, Tensor) else []

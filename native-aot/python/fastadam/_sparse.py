"""Adam over some rows of tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from ctypes import sizeof
from typing import Any, NamedTuple, Optional

from . import _library, _report
from ._around import Around
from ._arrays import Array, View, index_view, require_apart, require_same_shape, view
from ._content import Content, Pending
from ._formats import FORMAT_ARGUMENTS
from ._optimizer import Arrays, Optimizer, Params, Shared
from ._report import StepReport
from ._rules import ADAM
from ._state import Parameter

_MAX_INDICES = (1 << 31) - 1


class _Table(NamedTuple):
    """A parameter that makes a step, its state and its gradients, all checked."""

    parameter: Parameter
    gradient: tuple[Any, ...]  # kept alive: the sequence that it comes from may make its arrays anew each time
    arrays: dict[str, Any]
    views: dict[str, View]  # by the library's names


class SparseAdam(Optimizer):
    """Adam over the rows of its parameters that have gradients; others, and their moments, are not touched. With t the step::

        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g * g
        p = p - lr * sqrt(1 - betas[1]**t) / (1 - betas[0]**t) * m / (sqrt(v) + eps)

    State: "exp_avg" m and "exp_avg_sq" v, of the parameters' shapes. torch.optim.SparseAdam.
    """

    rule = ADAM._replace(
        name="SparseAdam",
        arrays=ADAM.arrays[:2],
        hyperparameters=tuple(x for x in ADAM.hyperparameters if x.name != "weight_decay"),
        flags=("maximize", "preserve_subnormals"),
    )
    exp_avg = Arrays()
    exp_avg_sq = Arrays()
    lr = Shared[float]()
    betas = Shared[tuple[float, float]]()
    eps = Shared[float]()
    maximize = Shared[bool]()
    preserve_subnormals = Shared[bool]()

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        maximize: bool = False,
        *,
        preserve_subnormals: bool = False,
        threads: int = 0,
        moment_dtype: Any = None,
        dtype: Any = None,
        **others: Any,
    ) -> None:
        """As for the other optimizers, but without storage formats. Parameters have one dimension at least, the first of which counts
        their rows."""
        for name in others:
            if name in FORMAT_ARGUMENTS:
                raise TypeError(f"SparseAdam has no {name}: its parameters and moments are float32, float16 or bfloat16.")
            raise TypeError(f"SparseAdam has no argument {name!r}.")
        super().__init__(locals())

    def step(
        self,
        grads: Sequence[Optional[tuple[Array, Array]]],
        *,
        grad_scale: float = 1.0,
        max_grad_norm: Optional[float] = None,
        max_grad_value: Optional[float] = None,
        skip_non_finite: bool = False,
        report: bool = False,
    ) -> StepReport:
        """One step over the rows that have gradients.

        Args:
            grads: for each parameter a pair (indices, values), or None, and then the parameter, its moments and its step count stay
                as they are. indices, int64 of shape [k], are rows from 0 to below their number, in any order; values, of shape
                [k, ...] and any supported dtype, are their gradients. Where an index occurs more than once, its gradients are added
                first, in the order in which they stand, in single precision. Of a PyTorch tensor g with one sparse dimension, they
                are ``(g._indices()[0], g._values())``.
            grad_scale, max_grad_norm, max_grad_value, skip_non_finite, report: as in ``Adam.step``, of the rows that have gradients
                and their sums.

        Raises:
            TypeError: a gradient is no pair, indices are no int64 arrays, or values none of a supported dtype; an argument is no
                number.
            ValueError: an index is that of no row, shapes do not go together, an array is not C-contiguous or overlaps another one,
                a hyperparameter or an argument is out of its range, or a parameter has no dimensions. Messages say ``indices[i]``
                and ``values[i]`` of the i-th parameter.
            Error, RuntimeError: as ``fastadam.step`` does.

        After an exception everything is as it was. After one of a signal's handler, such as KeyboardInterrupt, everything is as
        it was or as the whole step makes it, as ``steps`` tells.
        """
        content = self._content
        gradients = self._gradients(grads, "pairs")
        around = Around.checked(self.threads, grad_scale, max_grad_norm, max_grad_value, skip_non_finite, report, executor=self.executor)
        values = self._checked_groups(content)
        tables = [
            self._table(parameter, gradient, values[parameter.group], around.threads)
            for parameter, gradient in zip(content.parameters, gradients)
            if gradient is not None
        ]
        return around.step_report(self._run(content, tables, values, around))

    def _table(self, parameter: Parameter, gradient: Any, options: dict[str, Any], threads: int) -> _Table:
        """Checks a parameter, its gradient and its state."""
        place = parameter.place
        param = parameter.view(self._uint16)
        if not param.shape:
            raise ValueError(f"{param.name} has no dimensions, and so no rows.")
        if not isinstance(gradient, Sequence) or isinstance(gradient, (str, bytes)) or len(gradient) != 2:
            raise TypeError(f"grads[{place}] must be a pair (indices, values), not {type(gradient).__name__}.")
        gradient = tuple(gradient)
        indices = index_view(gradient[0], "indices", place)
        values = view(gradient[1], "values", place, self._uint16, False)
        if len(indices.shape) != 1:
            raise ValueError(f"{indices.name} must have one dimension, but has the shape {indices.shape}.")
        if values.shape != indices.shape + param.shape[1:]:
            raise ValueError(
                f"{values.name} has the shape {values.shape}, but {indices.name} and {param.name} call for "
                f"{indices.shape + param.shape[1:]}."
            )
        if indices.size > _MAX_INDICES:
            raise ValueError(f"{indices.name} has {indices.size} elements, more than 2**31 - 1.")
        _require_rows(indices, param)
        arrays = parameter.with_arrays(self.rule.arrays, options, param, threads)
        moments = {name: parameter.state_view(name, array) for name, array in arrays.items()}
        for each in moments.values():
            require_same_shape(each, param)
        return _Table(parameter, gradient, arrays, {"param": param, "indices": indices, "grad": values, **moments})

    def _run(self, content: Content, tables: list[_Table], values: list[dict[str, Any]], around: Around) -> _library.Report:
        """One call of the library; the state is the parameters' own after it."""
        structures = (_library.Table * len(tables))()
        for structure, (parameter, _, _, views) in zip(structures, tables):
            shape = views["param"].shape
            structure.struct_size = sizeof(_library.Table)
            structure.indices = views["indices"].address
            structure.rows = shape[0]
            structure.row_length = math.prod(shape[1:])
            structure.count = views["indices"].size
            structure.step = parameter.steps + 1
            structure.group = parameter.group
            for field in ("param", "grad", "exp_avg", "exp_avg_sq"):
                views[field].put(structure, field)
        groups = around.groups((self.rule for _ in values), values)
        report = _report.empty()
        options = around.options()
        pending = Pending(content, [table.parameter.after_step(table.arrays) for table in tables], report)
        _library.enter()
        self._holder.content = pending
        status = _library.library.fastadam_sparse_step(structures, len(tables), groups, len(groups), options, 1, report)
        if status == _library.ERR_OVERLAP:
            require_apart((each for table in tables for each in table.views.values()), ("indices", "values"))
        if status == _library.ERR_HYPERPARAMETER:
            raise self._hyperparameter_refusal(((table.parameter, table.parameter.steps + 1) for table in tables), values)
        if status != _library.OK:
            raise _library.error(status)
        self._holder.content = pending.outcome()
        return report


def _require_rows(indices: View, param: View) -> None:
    """Raises ValueError where an index is that of no row."""
    values = indices.numpy("int64")
    rows = param.shape[0]
    if values.min(initial=0) >= 0 and values.max(initial=-1) < rows:
        return
    first = ((values < 0) | (values >= rows)).argmax()
    raise ValueError(f"{indices.name} has the index {values[first]} at {first}, but {param.name} has {rows} rows.")

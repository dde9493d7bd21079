"""Steps of optimizers whose gradients have the shape of their parameters."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import addressof, c_double, sizeof
from typing import Any, NamedTuple, Optional

from . import _library, _report
from ._around import Around
from ._arrays import Array, View, require_apart, require_same_shape, view
from ._optimizer import Hyperparameter, Optimizer
from ._report import StepReport
from ._state import Parameter, StateArray


class _Work(NamedTuple):
    """A parameter that makes a step, with all that the step needs, which is not the parameter's own before it has succeeded."""

    parameter: Parameter
    arrays: dict[str, Any]
    views: dict[str, View]  # by the library's names
    step: int


class DenseOptimizer(Optimizer):
    """What the optimizers share whose gradients have the shape of their parameters. It is no optimizer itself.

    Their groups can have each other's rules: ``{"params": [w], "rule": fastadam.Lion, "lr": 1e-4}``, with that rule's defaults.
    One step over all groups is one piece of work.

    Before the rule, for every element, all in single precision: decoupled weight decay, p = p * (1 - lr * weight_decay); the
    gradient is divided by grad_scale, multiplied by the coefficient of clipping by norm, limited by max_grad_value, and negated if
    maximizing; coupled weight decay, g = g + weight_decay * p. That is the g of the formulas.
    """

    weight_decay = Hyperparameter[float]()

    def step(
        self,
        grads: Sequence[Optional[Array]],
        *,
        grad_scale: float = 1.0,
        max_grad_norm: Optional[float] = None,
        max_grad_value: Optional[float] = None,
        skip_non_finite: bool = False,
        report: bool = False,
    ) -> StepReport:
        """One step over all parameters.

        Args:
            grads: one gradient for each parameter, of its shape and any supported dtype. Where it is None, the parameter, its state
                and its step count stay as they are, as in PyTorch.
            grad_scale: what the gradients are divided by; finite, above 0.
            max_grad_norm: clipping by global norm, above 0: where the norm of all gradients, after grad_scale, is larger, they are
                multiplied by max_grad_norm / (norm + 1e-6), as PyTorch's clip_grad_norm_ does. math.inf only reports the norm.
            max_grad_value: clipping by value, above 0: what the elements are limited to in magnitude, after clipping by norm.
            skip_non_finite: look at all gradients first, and leave everything as it is, step counts included, where one of them is
                infinite or NaN, also where only the division by grad_scale makes it so, as PyTorch's GradScaler does. Without it they
                are used as they are.
            report: measure what the step does to the parameters.

        Raises:
            TypeError, ValueError: a gradient is one that ``fastadam.step`` would refuse, a hyperparameter or an argument is no
                number or out of its range. Messages say ``params[i]``, ``grads[i]``, ``exp_avg[i]`` and the like, and with several
                groups ``param_groups[i]``.
            MemoryError: there is no memory for state that a changed hyperparameter, such as momentum, has made necessary.
            Error, RuntimeError: as ``fastadam.step`` does.

        After an exception everything is as it was.
        """
        gradients = self._gradients(grads, "arrays")
        around = Around.checked(self.threads, grad_scale, max_grad_norm, max_grad_value, skip_non_finite, report)
        values = self._checked_groups()
        kept = [group.kind.rule.kept(numbers) for group, numbers in zip(self._groups, values)]
        works = [
            self._work(parameter, gradient, kept[parameter.group], values[parameter.group], around.threads)
            for parameter, gradient in zip(self._parameters, gradients)
            if gradient is not None
        ]
        return around.step_report(self._run(works, values, around))

    @staticmethod
    def _takes(kind: type[Optimizer]) -> bool:
        return issubclass(kind, DenseOptimizer)

    def _work(
        self, parameter: Parameter, gradient: Any, kept: list[StateArray], values: dict[str, Any], threads: int
    ) -> _Work:
        """Checks a parameter, its gradient and its state."""
        param = parameter.view(self._uint16)
        views = {"param": param, "grad": view(gradient, "grads", parameter.place, self._uint16, False)}
        arrays = parameter.with_arrays(kept, values, param, threads)
        for name, field, _ in kept:
            views[field] = parameter.state_view(name, arrays[name])
        for each in views.values():
            require_same_shape(each, param)
        # A new momentum buffer starts with the gradient, as in PyTorch.
        restarts = not self._groups[parameter.group].kind.rule.keeps_step and any(name not in parameter.arrays for name in arrays)
        return _Work(parameter, arrays, views, 1 if restarts else parameter.steps + 1)

    def _run(self, works: list[_Work], values: list[dict[str, Any]], around: Around) -> _library.Report:
        """One call of the library; the state is the parameters' own after it."""
        products = (c_double * len(works))(*[work.parameter.momentum_product for work in works])
        tensors = (_library.GroupTensor * len(works))()
        address = addressof(products)
        for tensor, (parameter, _, views, step) in zip(tensors, works):
            tensor.n = views["param"].size
            for field, each in views.items():
                each.put(tensor, field)
            tensor.momentum_product = address
            tensor.step = step
            tensor.group = parameter.group
            address += sizeof(c_double)
        groups = around.groups((group.kind.rule.code for group in self._groups), values)
        report = _report.empty()
        _library.enter()
        status = _library.library.fastadam_optimizer_step(tensors, len(works), groups, len(groups), around.options(), 1, report)
        if status != _library.OK:
            raise self._refusal(status, works, values)
        if not report.skipped:
            for (parameter, arrays, _, _), product in zip(works, products):
                parameter.arrays = {**parameter.arrays, **arrays}
                parameter.steps += 1
                parameter.momentum_product = product
        return report

    def _refusal(self, status: int, works: list[_Work], values: list[dict[str, Any]]) -> Exception:
        """The exception for a status. Raises ValueError for overlaps."""
        if status == _library.ERR_OVERLAP:
            require_apart((each for work in works for each in work.views.values()), ("grads",))
        if status == _library.ERR_HYPERPARAMETER:
            return self._hyperparameter_refusal(((work.parameter, work.step) for work in works), values)
        return _library.error(status)

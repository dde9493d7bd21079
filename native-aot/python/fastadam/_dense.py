"""Steps of optimizers whose gradients have the shape of their parameters."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from typing import Any, Optional

from . import _library
from ._around import Around
from ._arrays import Array, require_apart, require_same_shape, view
from ._content import Content, Pending
from ._facts import Watch
from ._optimizer import Optimizer
from ._plan import Plan, Work, tensors
from ._report import StepReport
from ._rule import Rule, StateArray
from ._settings import Settings
from ._state import Parameter

# Stands for a hyperparameter that is missing: None may be the value of a flag.
_MISSING = object()


class DenseOptimizer(Optimizer):
    """What the optimizers share whose gradients have the shape of their parameters. It is no optimizer itself.

    Their groups can have each other's rules: ``{"params": [w], "rule": fastadam.Lion, "lr": 1e-4}``, with that rule's defaults.
    One step over all groups is one piece of work.

    Before the rule, for every element, all in single precision: decoupled weight decay, p = p * (1 - lr * weight_decay); the
    gradient is divided by grad_scale, multiplied by the coefficient of clipping by norm, limited by max_grad_value, and negated if
    maximizing; coupled weight decay, g = g + weight_decay * p. That is the g of the formulas. betas are beta1, beta2 and so on.

    The constructors allocate the state with ``fastadam.zeros``, in the parameters' shapes.

    State in "block8" is a code of 8 bits for each element and a float32 scale for 128 of them. What is rounded at random is rounded to
    the next bfloat16 or float16 below or above, with the probability that makes the mean right, so that updates below half a unit are
    not lost; the random bits depend on the seed, the parameter's number and step, and the element's index alone. ``fastadam.memory``
    says what all that takes.

    Args:
        params: the parameter arrays, which steps update in place: C-contiguous, of any shapes and supported dtypes. Or
            parameter groups: dicts of "params", the arrays, and of hyperparameters that differ from the arguments, and
            of "rule", a class of another optimizer, whose defaults then hold instead.
        threads: see ``fastadam.step``.
        moment_dtype: "float32", "float16" or "bfloat16" for the state arrays; by default each parameter's own. bfloat16
            ones are uint16 arrays unless their parameter has ml_dtypes' bfloat16.
        dtype: what uint16 parameters, gradients and copies hold, "bfloat16" or "float16".
        state_format: "block8" for state in blocks of 8 bits, "bfloat16_stochastic" for bfloat16 rounded at random; None for
            moment_dtype. Schedule-Free's z, which holds parameters, has moment_dtype always.
        min_8bit_size: parameters with fewer elements have moment_dtype instead of block8.
        master: "split" for bfloat16 parameters that are float32 to the optimizer: it keeps the other 16 bits, "master_lower" in its
            state, zero before the first step. "split8" for 8 bits more instead of 16. A parameter is then the nearest bfloat16.
            float32 parameters beside them have no such bits.
        copy: arrays of bfloat16 or float16, one for each parameter, or None for one that has none: a step writes there what the
            float32 parameter is after it, rounded to nearest. Or one array where there is one parameter. Before its parameter's first
            step a copy is as the caller has made it. Groups have their own, as "copy".
        rounding: "stochastic" for bfloat16 and float16 parameters rounded at random instead of to nearest.
        seed: of random rounding, from 0 to 2**64 - 1. It is not part of ``state_dict()``.

    Raises:
        TypeError, ValueError: a parameter or a hyperparameter is one that ``fastadam.step`` would refuse, or another argument
            is none of the above, or a group has something that its rule does not have. Messages say ``params[i]``, counted
            over all groups, ``copy[i]`` of the same i, and of groups ``param_groups[i]``.
        MemoryError, ImportError, Error, RuntimeError: as ``fastadam.zeros`` does.
    """

    _takes_copies = True

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

        After an exception everything is as it was. After one of a signal's handler, such as KeyboardInterrupt, everything is as
        it was or as the whole step makes it, as ``steps`` tells.
        """
        plan = self._holder.take_plan()
        gradients = self._gradients(grads, "arrays")
        settings = self._settings((grad_scale, max_grad_norm, max_grad_value, skip_non_finite, report), plan)
        if plan is None or not plan.fits(gradients, settings):
            plan = self._plan(gradients, settings)
        return settings.around.step_report(self._run(plan, gradients))

    def eval(self) -> None:
        """Makes of the parameters in training those for evaluation, in the groups of AdamWScheduleFree::

            x = y + (1 - 1 / beta1) * (z - y)

        Others stay as they are, and so do parameters that have not stepped: they are the same for both. A step of one of these
        parameters is refused until ``train()``; their state's "eval_mode" is 1. There and back, with the same betas, is not exact: each
        way is off by at most 3 * 2**-24 of (abs(y) + abs(z)) / beta1, and by half a unit of 16-bit parameters, and the errors of many
        ways add up. Who needs the very bits back keeps a copy.

        Raises:
            TypeError, ValueError: a hyperparameter or threads is no number or out of its range.
            Error, RuntimeError: as ``fastadam.step`` does.

        After an exception everything is as it was; after one of a signal's handler, as it was or with all of the change.
        """
        self._swap("fastadam_to_evaluation")

    def train(self) -> None:
        """The way back from ``eval()``: y = x + (1 - beta1) * (z - x). It raises what that does."""
        self._swap("fastadam_to_training")

    @staticmethod
    def _takes(kind: type[Optimizer]) -> bool:
        return issubclass(kind, DenseOptimizer)

    def _settings(self, arguments: tuple[Any, ...], plan: Optional[Plan]) -> Settings:
        """Those of a step with these arguments. Raises TypeError, ValueError or RuntimeError for bad ones."""
        groups = self._holder.lasting.groups
        given: list[Any] = [self.threads, self.seed, self.executor, *arguments]
        for group in groups:
            given.extend(map(group.options.get, group.kind.hyperparameters, repeat(_MISSING)))
        if plan is not None and plan.settings.are_of(given):
            return plan.settings
        around = Around.checked(self.threads, *arguments, self.seed, self.executor)
        return Settings(given, around, groups, self._checked_groups(self._holder.lasting))

    def _plan(self, gradients: Sequence[Any], settings: Settings) -> Plan:
        """Checks all arrays. Raises TypeError, ValueError or RuntimeError for bad ones."""
        content = self._content
        own = [
            x
            for parameter, gradient in zip(content.parameters, gradients)
            if gradient is not None
            for x in (parameter.array, parameter.copy, *parameter.arrays.values())
            if x is not None
        ]
        # Before the checks: what changes in between is noticed in the next step.
        watch = Watch.of(own, gradients)
        return Plan(content, self._works(content, gradients, settings), settings, watch)

    def _works(self, content: Content, gradients: Sequence[Any], settings: Settings) -> list[Work]:
        """The parameters that have gradients."""
        return [
            self._work(
                parameter,
                gradient,
                content.groups[parameter.group].kind.rule,
                settings.kept[parameter.group],
                settings.values[parameter.group],
                settings.around.threads,
            )
            for parameter, gradient in zip(content.parameters, gradients)
            if gradient is not None
        ]

    def _work(
        self, parameter: Parameter, gradient: Any, rule: Rule, kept: list[StateArray], values: dict[str, Any], threads: int
    ) -> Work:
        """Checks a parameter, its gradient and its state. Raises RuntimeError where it is the one for evaluation."""
        if any(x.is_mode and value != 0 for x, value in zip(rule.numbers, parameter.numbers)):
            raise RuntimeError(f"params[{parameter.place}] is the one for evaluation: train() comes before a step.")
        param = parameter.view(self._uint16)
        grad = view(gradient, "grads", parameter.place, self._uint16, False)
        arrays = parameter.with_arrays(kept, values, param, threads)
        state = [(rule.place(x.name), parameter.stored_state(x, arrays)) for x in kept]
        for each in (grad, *(x.array for _, x in state)):
            require_same_shape(each, param)
        # A new momentum buffer starts with the gradient, as in PyTorch.
        restarts = not rule.keeps_step and any(x.name not in parameter.arrays for x in kept)
        stored = parameter.stored(param, arrays, self._uint16)
        return Work(parameter, arrays, stored, grad, state, 1 if restarts else parameter.steps + 1)

    def _run(self, plan: Plan, gradients: Sequence[Any]) -> _library.Report:
        """One call of the library, whose outcome the optimizer holds before it and after it."""
        settings = plan.settings
        pending = plan.begin()
        _library.enter()
        self._holder.content = pending
        status = _library.library.fastadam_step(
            plan.tensors, len(plan.tensors), settings.groups, len(settings.groups), settings.options, 1, pending.report
        )
        pending.is_over = True
        if status != _library.OK:
            raise self._refusal(status, gradients, settings)
        self._holder.content = pending  # again: since then, another step may have put its own there
        plan.end(pending)
        return pending.report

    def _swap(self, function: str) -> None:
        """One call of the library, for parameters with a mode."""
        content = self._content
        values = self._checked_groups(content)
        around = Around.checked(self.threads, 1.0, None, None, False, False)
        parameters = [
            x for x in content.parameters if x.steps > 0 and any(y.is_mode for y in content.groups[x.group].kind.rule.numbers)
        ]
        if not parameters:
            return
        structures, numbers = tensors(
            (
                x,
                x.stored(x.view(self._uint16), x.arrays, self._uint16),
                [
                    (place, x.stored_state(each, x.arrays))
                    for place, each in enumerate(content.groups[x.group].kind.rule.arrays)
                    if each.name in x.arrays
                ],
            )
            for x in parameters
        )
        groups = around.groups((group.kind.rule for group in content.groups), values)
        pending = Pending(content, parameters, None, numbers)
        _library.enter()
        self._holder.content = pending
        status = getattr(_library.library, function)(structures, len(structures), groups, len(groups), around.threads)
        if status != _library.OK:
            raise _library.error(status)
        self._holder.content = pending.outcome()

    def _refusal(self, status: int, gradients: Sequence[Any], settings: Settings) -> Exception:
        """The exception for a status. Raises ValueError for overlaps."""
        if status == _library.ERR_OVERLAP:
            require_apart((each for work in self._works(self._content, gradients, settings) for each in work.views), ("grads",))
        if status == _library.ERR_HYPERPARAMETER:
            works = self._works(self._content, gradients, settings)
            return self._hyperparameter_refusal(((work.parameter, work.step) for work in works), settings.values)
        return _library.error(status)

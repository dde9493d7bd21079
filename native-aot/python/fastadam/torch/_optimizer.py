"""What the optimizers for PyTorch share: arguments, state, and the step."""

from __future__ import annotations

import inspect
import operator
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from ctypes import sizeof
from functools import partial
from typing import Any, ClassVar, NamedTuple, Optional

import torch
from torch import Tensor

from .. import _hyperparameters, _library, _report
from .._content import at_once
from .._formats import LOWER
from .._optimizer import Optimizer as FastAdamOptimizer
from .._threads import executor_name
from ._layout import require_parameter
from ._plan import Member, Plan, gradients
from ._settings import Settings
from ._state import MASTER, state_array, step_tensor

#: Arguments of PyTorch's that say how its own kernels work.
_IMPLEMENTATION = ("foreach", "capturable", "differentiable", "fused")

# PyTorch's own rules for sparse gradients. A dense zero changes as little as an element that is not there.
_TAKES_SPARSE = ("SGD", "Adagrad")


class FusedOptimizer(torch.optim.Optimizer):
    """What the optimizers share. It is no optimizer itself.

    They are ``torch.optim.Optimizer``\\ s: schedulers, closures, hooks, ``state_dict``, ``copy.deepcopy`` and pickling work as with
    PyTorch's own, whose arguments, names and state they have, so that states go both ways, but for those in formats that PyTorch does not
    have. Results are those of PyTorch's class. They are rounded as its fused kernels round.

    Parameters are on the CPU, in float32, bfloat16 or float16, and fill their memory in any order of their dimensions. Gradients of
    other strides are brought in the parameter's order first.

    Args:
        params: parameters, or groups: dicts of "params" and of hyperparameters that differ from the arguments.
        foreach, capturable, fused: PyTorch's; they change nothing here.
        differentiable: PyTorch's; True is refused.
        preserve_subnormals: store state below 2**-126 as it is, as PyTorch does, instead of as zero: such state makes x86 CPUs many
            times slower.
        max_grad_norm: clipping in the step, as ``torch.nn.utils.clip_grad_norm_`` before it: where the norm of all gradients of this
            optimizer is larger, they count as multiplied by max_grad_norm / (norm + 1e-6). They themselves stay as they are.
            ``math.inf`` only measures. ``grad_norm`` is the norm.
        moment_dtype: the dtype of state arrays; by default each parameter's own, as PyTorch has it.
        state_format: "block8" for state in 8 bits, "bfloat16_stochastic" for bfloat16 rounded at random; None for moment_dtype.
        min_8bit_size: parameters with fewer elements have moment_dtype instead of block8.
        master_copy: what stands behind bfloat16 and float16 parameters: "split", or True, for the 16 bits that make a bfloat16
            parameter float32 again; "split8" for 8 bits of them; "float32" for a float32 parameter, of which the model's is a copy. A step
            takes over what has been written into that since; but not what was written through ``param.data``, which PyTorch does not count.
        stochastic_rounding: whether bfloat16 and float16 parameters are rounded at random instead of to nearest.
        seed: of random rounding, from 0 to 2**64 - 1. It is not part of ``state_dict()``.
        threads: how many threads a step may use; None for ``torch.get_num_threads()``.
        executor: whose threads they are: "openmp" for those of the OpenMP runtime that PyTorch computes with, which still watch for work
            when a step comes, or the library's own where there is no such runtime; None for what ``fastadam.use_openmp`` says.

    Attributes:
        grad_norm: the norm of the gradients of the last step, before clipping, where max_grad_norm asked for it; else None.
        max_grad_norm, threads, executor, seed: may be changed between steps.

    Raises:
        TypeError, ValueError: an argument is one that PyTorch's class refuses, or none of the above; a parameter has another dtype or
            type. A step says the same of what it finds then, and of parameters that are not on the CPU or have gaps in memory.
    """

    #: The class with the same rule for arrays.
    kind: ClassVar[type[FastAdamOptimizer]]

    def __init__(self, params: Any, arguments: Mapping[str, Any]) -> None:
        if not hasattr(self, "kind"):
            raise TypeError(f"{type(self).__name__} has no rule: use one of the optimizers.")
        _check_as_torch(self.kind.__name__, arguments)
        if arguments.get("differentiable"):
            raise ValueError("differentiable=True is not supported: steps are not recorded by autograd.")
        settings = Settings.checked(arguments)
        defaults = {name: arguments.get(name, value) for name, value in self.kind.hyperparameters.items()}
        defaults.update({name: arguments[name] for name in _IMPLEMENTATION if name in arguments})
        defaults.setdefault("differentiable", False)
        self._checked(defaults, "")
        self._settings = settings
        self._start()
        super().__init__(params, defaults)

    def _start(self) -> None:
        """What is not part of its state."""
        self._plan: Optional[Plan] = None
        self._groups = _Groups([], [], None)
        self._pending: list[Any] = []
        # Of a step, and of those who read the state from another thread meanwhile. A signal handler is of the same thread.
        self._lock = threading.RLock()
        self.grad_norm: Optional[float] = None

    @property
    def max_grad_norm(self) -> Optional[float]:
        return self._settings.max_grad_norm

    @max_grad_norm.setter
    def max_grad_norm(self, value: Optional[float]) -> None:
        norm = None if value is None else _hyperparameters.norm("max_grad_norm", value)
        self._settings = self._settings._replace(max_grad_norm=norm)

    @property
    def threads(self) -> Optional[int]:
        return self._settings.threads

    @threads.setter
    def threads(self, value: Optional[int]) -> None:
        count = None if value is None else _hyperparameters.thread_count(value)
        self._settings = self._settings._replace(threads=count)

    @property
    def seed(self) -> int:
        return self._settings.seed

    @seed.setter
    def seed(self, value: int) -> None:
        self._settings = self._settings._replace(seed=_hyperparameters.seed_number(value))

    @property
    def executor(self) -> Optional[str]:
        return self._settings.executor

    @executor.setter
    def executor(self, value: Optional[str]) -> None:
        self._settings = self._settings._replace(executor=executor_name(value))

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Adds a group, as PyTorch's does. After an exception this optimizer is as it was."""
        aside = torch.optim.Optimizer.__new__(torch.optim.Optimizer)
        aside.defaults, aside.param_groups = self.defaults, list(self.param_groups)
        aside.add_param_group(param_group)
        group = aside.param_groups[-1]
        place = len(self.param_groups)
        values = self._checked(group, f"param_groups[{place}]: ")
        for i, param in enumerate(group["params"]):
            require_parameter(param, parameter_name(place, i))
        first = [(x, self._first_state(x, values)) for x in group["params"]] if self.kind.rule.starts_with_state else []
        # A step makes state that is not there, but state without a parameter would stay.
        at_once([partial(self.param_groups.append, group), *(partial(operator.setitem, self.state, *each) for each in first)])

    def _first_state(self, param: Tensor, values: Mapping[str, Any]) -> dict[str, Any]:
        state: dict[str, Any] = {"step": step_tensor(0)}
        for each in self.kind.rule.kept(values):
            code = self._settings.state_code(param.dtype, param.numel(), each.takes_formats)
            state.update(state_array(param.detach(), each, code, {}, 0.0 if each.initial is None else values[each.initial]))
        return state

    def _checked(self, group: Mapping[str, Any], place: str) -> dict[str, Any]:
        """A group's hyperparameters as numbers. Raises TypeError or ValueError for bad ones."""
        values = {name: _plain(group[name]) for name in self.kind.hyperparameters if name in group}
        for name, fixed in self.kind.fixed.items():
            if values.get(name, fixed) != fixed:
                raise ValueError(f"{place}{name} is {fixed} in {type(self).__name__}, not {values[name]!r}.")
        return _hyperparameters.checked(self.kind.rule, values, place)

    def step(self, closure: Optional[Callable[[], Any]] = None) -> Any:
        """One step over all parameters that have gradients.

        Args:
            closure: reevaluates the model and returns the loss, which is what the step returns; else it returns None.

        Raises:
            TypeError, ValueError: a parameter, a gradient or a hyperparameter is one that the step cannot take; messages name it.
            RuntimeError: a gradient is sparse; parameters are those for evaluation; or this process was forked after its parent had used
                the library.
            MemoryError, fastadam.Error: as ``fastadam.step`` does.

        After an exception parameters and state are as they were.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        self._finish()
        scale = 1.0
        # What PyTorch's GradScaler hands to an optimizer that unscales itself.
        found_inf = getattr(self, "found_inf", None)
        if found_inf is not None:
            given = getattr(self, "grad_scale", None)
            scale = 1.0 if given is None else float(given)
            if float(found_inf) != 0:
                return loss
        groups = self.param_groups
        params = [param for group in groups for param in group["params"]]
        grads = gradients(params)
        self._update_groups(scale)
        plan = self._plan
        if plan is not None and plan.state is not self.state:
            plan = None
        if plan is None or not plan.fits(params, grads):
            params = [param for param, grad in zip(params, grads) if grad is not None]
            if plan is None or not plan.fits(params, [grad for grad in grads if grad is not None]):
                self._plan = None
                with torch.inference_mode(False), torch.no_grad():
                    plan = self._prepared()
        self._run(plan)
        return loss

    def eval(self) -> None:
        """Makes of the parameters in training those for evaluation, with AdamWScheduleFree; others have nothing to do.

        ``fastadam.AdamWScheduleFree`` has the formula and its error. A step is refused until ``train()``. It raises what a step does.
        """
        self._swap("fastadam_to_evaluation")

    def train(self) -> None:
        """The way back from ``eval()``. It raises what that does."""
        self._swap("fastadam_to_training")

    @torch.no_grad()
    def _swap(self, function: str) -> None:
        if not self.kind.rule.has_mode:
            return
        self._finish()
        self._update_groups(1.0)
        plan = Plan(self._members(lambda x: x in self.state and self.state[x]["step"] > 0), self.state, self._settings)
        options = self._options()
        with self._lock:
            plan.prepare(is_step=False)
            _library.enter()
            self._pending = [plan, None]
            try:
                status = getattr(_library.library, function)(
                    plan.tensors, plan.count, self._groups.native, len(self._groups.values), options.threads
                )
            finally:
                self._finish()
        if status != _library.OK:
            raise self._refusal(status, plan)

    def _prepared(self) -> Plan:
        """The step over the parameters that have gradients."""
        return Plan(self._members(_has_gradient, with_gradients=True), self.state, self._settings)

    def _members(self, takes_part: Callable[[Tensor], bool], with_gradients: bool = False) -> list[Member]:
        members = []
        place = 0
        for i, group in enumerate(self.param_groups):
            for j, param in enumerate(group["params"]):
                if takes_part(param):
                    name = parameter_name(i, j)
                    grad = self._dense(param.grad, group, name) if with_gradients else None
                    members.append(Member(param, grad, name, place, i, self.kind.rule, self._groups.values[i]))
                place += 1
        return members

    def _dense(self, grad: Tensor, group: Mapping[str, Any], name: str) -> Tensor:
        """A gradient as a dense tensor, where PyTorch's class takes a sparse one."""
        if grad.layout == torch.strided:
            return grad
        title = self.kind.__name__
        if title not in _TAKES_SPARSE or grad.layout != torch.sparse_coo:
            raise RuntimeError(f"{title} does not support sparse gradients ({name}). SparseAdam does.")
        if group["weight_decay"] != 0:
            raise RuntimeError(f"weight_decay option is not compatible with sparse gradients ({name}).")
        if group.get("eps", 1) == 0:
            raise RuntimeError(f"eps=0 is not compatible with sparse gradients ({name}): where they are zero, 0 would be divided by 0.")
        return grad.coalesce().to_dense()

    def _update_groups(self, scale: float) -> None:
        """Fills in the library's groups, where they have changed."""
        names = self.kind.hyperparameters
        # As numbers: tensors and lists may be changed in place.
        sizes = [len(group["params"]) for group in self.param_groups]
        raw = [scale, sizes, *([_plain(group[name]) for name in names] for group in self.param_groups)]
        if raw == self._groups.raw:
            return
        if self._groups.raw[1:2] != [sizes]:
            self._plan = None  # it says which parameter is in which group
        rule = self.kind.rule
        values = [self._checked(group, self._group_name(i)) for i, group in enumerate(self.param_groups)]
        native = (_library.Group * len(values))()
        for group, checked in zip(native, values):
            group.grad_scale = _hyperparameters.scale("grad_scale", scale)
            group.max_grad_value = float("inf")
            _hyperparameters.fill(group, rule, checked)
        kept = [[x.name for x in rule.kept(x_values)] for x_values in values]
        if kept != [[x.name for x in rule.kept(x_values)] for x_values in self._groups.values]:
            self._plan = None
        self._groups = _Groups(raw, values, native)

    def _options(self) -> _library.StepOptions:
        settings = self._settings
        return _library.StepOptions(
            struct_size=sizeof(_library.StepOptions),
            threads=torch.get_num_threads() if settings.threads is None else settings.threads,
            max_grad_norm=0.0 if settings.max_grad_norm is None else settings.max_grad_norm,
            seed=settings.seed,
            executor=settings.executor_address(),
        )

    def _run(self, plan: Plan) -> None:
        """One call of the library. What an interrupt leaves undone ``_settle`` does before anything else."""
        report = _report.empty()
        options = self._options()
        with self._lock:
            plan.prepare()
            _library.enter()
            self._pending = [plan, report]
            try:
                status = getattr(_library.library, plan.function)(
                    plan.tensors, plan.count, self._groups.native, len(self._groups.values), options, 1, report
                )
            finally:
                self._finish()
        if status != _library.OK:
            raise self._refusal(status, plan)
        self.grad_norm = report.grad_norm if options.max_grad_norm > 0 else None

    def _settle(self) -> None:
        """Makes the outcome of a call of the library the parameters' own, as far as there is one: a signal handler may ask before the call.
        Doing so again changes nothing."""
        with self._lock:
            if self._pending:
                plan, report = self._pending
                # The library fills in the report of a step that it makes. A swap has changed all of the modes or none.
                if report is None or report.skipped == 0:
                    at_once(plan.keeping(report is not None))

    def _finish(self) -> None:
        """The same after the call."""
        with self._lock:
            if self._pending:
                plan, report = self._pending
                is_step = report is not None
                if not is_step or report.skipped == 0:
                    next_plan = plan if is_step else None
                    at_once([*plan.keeping(is_step), partial(setattr, self, "_plan", next_plan), partial(self._pending.clear)])
                    plan.kept()
                else:
                    self._pending.clear()

    def _refusal(self, status: int, plan: Plan) -> Exception:
        if status == _library.ERR_OVERLAP:
            return self._overlap(plan)
        if status == _library.ERR_HYPERPARAMETER:
            for group, step in plan.steps_by_group():
                refused = _hyperparameters.refused(self.kind.rule, self._groups.values[group], step, self._group_name(group))
                if refused is not None:
                    return refused
        return _library.error(status)

    @staticmethod
    def _overlap(plan: Plan) -> ValueError:
        extents = sorted((x.data_ptr(), x.data_ptr() + x.numel() * x.element_size(), i) for i, x in enumerate(plan.params) if x.numel())
        for (_, end, i), (start, _, j) in zip(extents, extents[1:]):
            if start < end:
                first, second = sorted((i, j))
                return ValueError(f"{plan.name_of(second)} overlaps {plan.name_of(first)}.")
        return ValueError("State or gradients overlap parameters or other state.")

    def _group_name(self, i: int) -> str:
        return "" if len(self.param_groups) == 1 else f"param_groups[{i}]: "

    def state_dict(self) -> dict[str, Any]:
        """PyTorch's: with its names, so that its own class takes it. Formats have more: the scales of ``exp_avg`` are
        "exp_avg_scale", what stands behind a parameter is "master_lower" or "master"."""
        self._settle()
        return super().state_dict()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over a state of ``state_dict()``, or of PyTorch's optimizer of the same name, of which it makes copies.

        Floating-point state is converted to this optimizer's formats, from each of them, at the next step. Hyperparameters that the
        saved groups do not have stay as they are.

        Raises:
            ValueError: the number of groups or parameters differs, as PyTorch's says, or a shape does.
            KeyError, TypeError: it is no state of an optimizer.

        After an exception this optimizer is as it was.
        """
        self._finish()
        own = [dict(group) for group in self.param_groups]
        if hasattr(self, "register_load_state_dict_pre_hook"):
            # The last of the hooks: the others see the tensors. Not run: newer than the PyTorch that there was to test with.
            handle = self.register_load_state_dict_pre_hook(lambda _, state: self._held(state))
            try:
                super().load_state_dict(state_dict)
            finally:
                handle.remove()
        else:
            super().load_state_dict(self._held(state_dict))
        for group, before in zip(self.param_groups, own):
            group.update(self.kind.fixed)  # PyTorch's AdamW stays one with Adam's state, too
            for name, value in before.items():
                group.setdefault(name, value)

    def _held(self, state_dict: Mapping[str, Any]) -> dict[str, Any]:
        """A state whose tensors PyTorch's loading leaves in their types: it would make them the parameters'. Raises ValueError for
        tensors that are none of their parameters."""
        params = [param for group in self.param_groups for param in group["params"]]
        keys = [key for group in state_dict["param_groups"] for key in group["params"]]
        by_key = dict(zip(keys, params)) if len(keys) == len(params) else {}
        names = {x.name for x in self.kind.rule.arrays} | {LOWER, MASTER}
        held: dict[Any, Any] = {}
        for key, entry in state_dict["state"].items():
            if not isinstance(entry, Mapping):
                if key in by_key:
                    raise TypeError(f"state[{key!r}] must be a dict, not {type(entry).__name__}.")
                held[key] = entry
                continue
            for name, value in entry.items():
                if key not in by_key or name not in names or value is None:
                    continue
                if not isinstance(value, Tensor):
                    raise TypeError(f"state[{key!r}][{name!r}] must be a tensor, not {type(value).__name__}.")
                if value.shape != by_key[key].shape:
                    raise ValueError(
                        f"state[{key!r}][{name!r}] has the shape {tuple(value.shape)}, but its parameter has {tuple(by_key[key].shape)}."
                    )
            device = by_key[key].device if key in by_key else None
            held[key] = {
                name: _Held(value.to("cpu" if value.dim() == 0 else device, copy=True)) if isinstance(value, Tensor) else value
                for name, value in entry.items()
            }
        return {**state_dict, "state": held}

    def __getstate__(self) -> dict[str, Any]:
        self._settle()
        return {**super().__getstate__(), "_settings": self._settings}

    def __setstate__(self, state: dict[str, Any]) -> None:
        if "state" in state:
            kept: defaultdict[Any, Any] = defaultdict(dict)
            for key, entry in state["state"].items():
                if isinstance(entry, Mapping):
                    entry = {name: x.tensor if isinstance(x, _Held) else x for name, x in entry.items()}
                kept[key] = entry
            state = {**state, "state": kept}
        self._start()
        super().__setstate__(state)
        for group in self.param_groups:
            for name, value in self.defaults.items():
                if name not in self.kind.hyperparameters:
                    group.setdefault(name, value)

    @property
    def _step_supports_amp_scaling(self) -> bool:
        # Before PyTorch 2 the scaler hands over itself instead of its numbers, and unscales for whoever does not say this.
        return int(torch.__version__.split(".")[0]) >= 2


class _Groups(NamedTuple):
    """The groups' hyperparameters of the last step: as they were, checked, and as the library has them."""

    raw: list[Any]
    values: list[dict[str, Any]]
    native: Any


class _Held:
    """A tensor that is not seen as one."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor

    def __deepcopy__(self, memo: dict[int, Any]) -> _Held:
        # It holds a copy as it is: PyTorch's loading makes one before version 2, and none from there on.
        return self


# PyTorch's classes as they are now: a program may put these in their places.
_TORCH = {
    name: kind
    for name, kind in vars(torch.optim).items()
    if isinstance(kind, type) and issubclass(kind, torch.optim.Optimizer) and not issubclass(kind, FusedOptimizer)
}


def _check_as_torch(name: str, arguments: Mapping[str, Any]) -> None:
    """Raises what PyTorch's class of that name raises for those of the arguments that it has; but no TypeError, which names none."""
    kind = _TORCH.get(name)
    if kind is None:
        return
    known = inspect.signature(kind.__init__).parameters
    given = {x: _plain(arguments[x]) for x in known if x in arguments and x not in ("self", "params", *_IMPLEMENTATION)}
    with suppress(TypeError):
        kind([torch.zeros(1, requires_grad=True)], **given)


def _plain(value: Any) -> Any:
    """A hyperparameter that may be a tensor, as numbers."""
    if isinstance(value, Tensor):
        return value.item() if value.numel() == 1 else value.tolist()
    if isinstance(value, (tuple, list)):
        return tuple(_plain(x) for x in value)
    return value


def _has_gradient(param: Tensor) -> bool:
    return param.grad is not None


def parameter_name(group: int, i: int) -> str:
    """What messages call a parameter."""
    return f"param_groups[{group}]['params'][{i}]"

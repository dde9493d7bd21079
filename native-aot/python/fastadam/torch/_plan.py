"""A step over torch parameters as the library takes it, prepared once and checked anew each time."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from ctypes import addressof, c_double, c_float, sizeof
from functools import partial
from itertools import repeat
from operator import attrgetter, getitem, is_, setitem
from typing import Any, NamedTuple, Optional

import torch
from torch import Tensor

from .. import _library
from .._formats import LOWER
from .._rule import Rule
from ._layout import CODES, has_order_of, require_memory
from ._settings import Settings
from ._state import MASTER, lower_bits, master, number_dtype, state_array, step_tensor

# Methods of C, which map() calls without a frame of Python: the checks of a step are many such calls.
_gradient = attrgetter("grad")
_dtype = attrgetter("dtype")
_address = Tensor.data_ptr
_strides = Tensor.stride
_shape = Tensor.size
_length = Tensor.numel
_is_contiguous = Tensor.is_contiguous
_is_negated = Tensor.is_neg
_version = attrgetter("_version")
_value = attrgetter("value")

_WORD = 8
_TENSOR_WORDS = sizeof(_library.Tensor) // _WORD


class Member(NamedTuple):
    """A parameter that takes part in a step."""

    param: Tensor
    grad: Optional[Tensor]  # None where the step is none of the rule, but a swap of parameters
    name: str  # for messages
    place: int  # among all parameters
    group: int
    rule: Rule
    options: Mapping[str, Any]  # the checked hyperparameters of its group


class Plan:
    """The library's tensors for parameters, gradients and state.

    Attributes:
        tensors: the library's structures.
        count: how many.
        state: the optimizer's, which it is made for.
    """

    #: The library's function that makes the step.
    function = "fastadam_step"

    def __init__(self, members: Sequence[Member], state: Any, settings: Settings) -> None:
        """Checks all, and makes the state that is not there, which becomes the parameters' own by ``keeping``.

        Args:
            members: the parameters of the step.
            state: the optimizer's.
            settings: its formats.

        Raises:
            TypeError, ValueError: a parameter, a gradient or its state cannot be in a step; the message names it.
        """
        self.count = len(members)
        self.tensors = (_library.Tensor * self.count)()
        # Without gradients, which others may let go of after the call.
        self._members = [x._replace(grad=None) for x in members]
        self._grads = [x.grad for x in members]
        self._numbers = ((c_double * max((len(x.rule.numbers) for x in members), default=0)) * self.count)()
        self._number_cells: list[tuple[int, int, Any]] = []
        self._step_cells: list[Any] = []
        self._steps: list[int] = []
        self._restarts: list[int] = []
        self._copies: list[tuple[int, Tensor]] = []
        self._copied: list[Tensor] = []  # parameters that are copies of float32 ones
        self._copied_versions: list[int] = []
        self._dicts: list[dict[str, Any]] = []
        self._names: list[str] = []
        self._kept: list[Tensor] = []  # what is there once it is kept
        self._keeping: list[partial[Any]] = []
        self.state = state
        self._snapshot: Optional[list[Any]] = None
        for i, member in enumerate(members):
            self._add(i, member, settings)

        self._params = [x.param for x in members]
        grads = [x.grad for x in members if x.grad is not None]
        self._param_facts = _facts(self._params)
        self._grad_facts = _facts(grads) if len(grads) == self.count else None
        # Contiguous tensors of one length have their elements in the same order. Of others the order is looked at.
        self._ordered = [i for i, x in enumerate(zip(self._params, grads)) if not all(map(_is_contiguous, x))]
        self._orders = self._orders_of(self._params, grads)
        self._kept_addresses = list(map(_address, self._kept))
        # They share the parameters' version counters, and have no elements to write.
        self._versions = [x.detach().as_strided((0,), (1,)) for x in self._params]
        self._words = memoryview(self.tensors).cast("B").cast("q") if self.count else None

    @property
    def params(self) -> list[Tensor]:
        """The parameters."""
        return self._params

    def fits(self, params: list[Tensor], grads: list[Any]) -> bool:
        """Whether it is still that of these parameters and gradients, and of the state as it is now. Notes new addresses.

        A gradient that is None fits none.
        """
        if self._snapshot is None or len(params) != self.count or self._grad_facts is None:
            return False
        state = self.state
        try:
            facts = _facts(grads)
            if not (
                all(map(is_, params, self._params))
                and _facts(params) == self._param_facts
                and facts[1:] == self._grad_facts[1:]
                and self._orders_of(params, grads) == self._orders
                and not any(map(_is_negated, grads))
                and len(state) == len(self._snapshot)
                and all(map(is_, state.values(), self._snapshot))
                # The old ones are alive: only what shares memory with them has their addresses.
                and list(map(_address, map(getitem, self._dicts, self._names))) == self._kept_addresses
                and list(map(_version, self._copied)) == self._copied_versions
            ):
                return False
        except (RuntimeError, KeyError, TypeError):  # a sparse gradient has no address; state is gone, or no gradient is there
            return False
        if facts[0] != self._grad_facts[0]:
            self._write("grad", facts[0])
            self._grad_facts = facts
        if self._copies:
            with torch.no_grad():
                for i, buffer in self._copies:
                    buffer.copy_(grads[i])
                    self.tensors[i].grad = buffer.data_ptr()
        return True

    def prepare(self, is_step: bool = True) -> None:
        """Gives the library the numbers of this call. Raises RuntimeError where a step comes while a parameter is for evaluation."""
        before = list(map(_value, self._step_cells))
        numbers = self._steps = [x + 1 for x in (self._steps if before == self._steps else self._counts(before))]
        if self._restarts:
            numbers = [1 if i in self._restarts else x for i, x in enumerate(numbers)]
        self._write("step", numbers)
        for i, j, cell in self._number_cells:
            if is_step and cell.value != 0 and self._members[i].rule.numbers[j].is_mode:
                raise RuntimeError(f"{self.name_of(i)} is the one for evaluation: train() comes before a step.")
            self._numbers[i][j] = cell.value

    def keeping(self, is_step: bool = True) -> list[partial[Any]]:
        """The calls, of functions in C, that make the outcome of a call of the library the parameters' own. They can be made again: an
        interrupt may come between them, in the hash of a tensor, which Python computes.

        Args:
            is_step: whether the call was a step, which is counted.
        """
        calls = self._keeping
        if is_step:
            calls = [*calls, partial(deque, map(setattr, self._step_cells, repeat("value"), self._steps), 0)]
        # Autograd is told, too, that the parameters have changed.
        mark = [partial(torch._foreach_zero_, self._versions)] if self._versions else []
        return [*calls, *(partial(setattr, cell, "value", self._numbers[i][j]) for i, j, cell in self._number_cells), *mark]

    def kept(self) -> None:
        """Notes that those calls were made."""
        self._restarts = []
        self._grads = []
        self._copied_versions = list(map(_version, self._copied))
        if self._keeping or self._snapshot is None:
            self._keeping = []
            self._snapshot = list(self.state.values())

    def name_of(self, i: int) -> str:
        """What messages call a parameter."""
        return self._members[i].name

    def steps_by_group(self) -> Iterable[tuple[int, int]]:
        """The group and the number of each parameter's step."""
        return ((x.group, int(t.step)) for x, t in zip(self._members, self.tensors))

    def _counts(self, steps: list[float]) -> list[int]:
        """Step counts as integers. Raises ValueError for others."""
        for i, x in enumerate(steps):
            if not (0 <= x < 1 << 62 and x == int(x)):
                raise ValueError(f"{self.name_of(i)}: its state's step must be a whole number from 0, not {x!r}.")
        return list(map(int, steps))

    def _orders_of(self, params: Sequence[Tensor], grads: Sequence[Tensor]) -> list[Any]:
        return [(_shape(params[i]), _strides(params[i]), _strides(grads[i])) for i in self._ordered]

    def _write(self, field: str, values: list[int]) -> None:
        if self._words is not None:
            self._words[getattr(_library.Tensor, field).offset // _WORD :: _TENSOR_WORDS] = array("q", values)

    def _add(self, i: int, member: Member, settings: Settings) -> None:
        param, rule = member.param, member.rule
        require_memory(param, member.name)
        before = self.state.get(param)
        old: Mapping[str, Any] = {} if before is None else before
        kept = rule.kept(member.options)
        is_new = any(old.get(x.name) is None for x in kept)
        state: dict[str, Any] = {}

        step = old.get("step")
        if step is None:
            # PyTorch's SGD keeps none: a buffer that is there is of the step before.
            step = step_tensor(1 if not rule.keeps_step and kept and not is_new else 0)
        elif not _is_number(step, torch.float32):
            try:
                step = step_tensor(step)
            except (TypeError, ValueError):
                raise TypeError(f"{member.name}: its state's step must be a number, not {step!r}.") from None
        state["step"] = step
        self._step_cells.append(c_float.from_address(step.data_ptr()))
        if not rule.keeps_step and is_new:
            self._restarts.append(i)

        structure = self.tensors[i]
        structure.struct_size = sizeof(_library.Tensor)
        structure.n = param.numel()
        structure.group = member.group
        structure.random_id = member.place + 1
        structure.numbers = addressof(self._numbers[i]) if rule.numbers else None

        for j, number in enumerate(rule.numbers):
            value = old.get(number.name, number.initial)
            if not _is_number(value, number_dtype(number)):
                value = torch.tensor(float(value), dtype=number_dtype(number), device="cpu")
            state[number.name] = value
            cell = c_float if value.dtype == torch.float32 else c_double
            self._number_cells.append((i, j, cell.from_address(value.data_ptr())))

        try:
            for each in kept:
                code = settings.state_code(param.dtype, param.numel(), each.takes_formats)
                initial = 0.0 if each.initial is None else member.options[each.initial]
                arrays = state_array(param, each, code, old, initial)
                state.update(arrays)
                place = rule.place(each.name)
                structure.state[place] = arrays[each.name].data_ptr()
                structure.state_dtype[place] = code
                if each.scale_name in arrays:
                    structure.state_part[place] = arrays[each.scale_name].data_ptr()

            code = settings.param_code(param.dtype)
            structure.param = param.data_ptr()
            structure.param_dtype = code
            if code in (_library.SPLIT16, _library.SPLIT8):
                state[LOWER] = lower_bits(param, code, old)
                structure.param_part = state[LOWER].data_ptr()
            elif code in (_library.F32_BF16_COPY, _library.F32_F16_COPY):
                state[MASTER] = master(param, old)
                structure.param = state[MASTER].data_ptr()
                structure.param_part = param.data_ptr()
                self._copied.append(param)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{member.name}: {error}") from None

        if member.grad is not None:
            self._add_gradient(i, member)
        changes = {name: value for name, value in state.items() if old.get(name) is not value}
        # Of another format than this one's: they would soon belong to other numbers.
        outdated = ({x.scale_name for x in kept} | {LOWER, MASTER}) & (old.keys() - state.keys())
        own = before if before is not None else changes
        if before is None:
            self._keeping.append(partial(setitem, self.state, param, own))
        elif changes or outdated:
            self._keeping.append(partial(own.update, changes))
            self._keeping.extend(partial(own.pop, name, None) for name in outdated)
        self._dicts.extend([own] * len(state))
        self._names.extend(state)
        self._kept.extend(state.values())

    def _add_gradient(self, i: int, member: Member) -> None:
        param, grad = member.param, member.grad
        assert grad is not None
        if grad.layout != torch.strided:
            raise RuntimeError(f"{member.name} has a gradient of the layout {grad.layout}, which {member.rule.name} does not support.")
        if grad.dtype not in CODES:
            raise TypeError(f"{member.name} has a gradient of {grad.dtype}; it must be float32, float16 or bfloat16.")
        if grad.device.type != "cpu":
            raise TypeError(f"{member.name} has a gradient on the device {grad.device}, not in the CPU's memory.")
        if grad.shape != param.shape:
            raise ValueError(f"{member.name} has the shape {tuple(param.shape)}, but its gradient has {tuple(grad.shape)}.")
        structure = self.tensors[i]
        if grad.is_neg() or not has_order_of(grad, param):
            # In the parameter's order. A gradient of another one would be added to other elements.
            buffer = torch.empty_like(param, dtype=grad.dtype, requires_grad=False)
            buffer.copy_(grad)
            self._copies.append((i, buffer))
            grad = buffer
        structure.grad = grad.data_ptr()
        structure.grad_dtype = CODES[grad.dtype]


def gradients(params: list[Tensor]) -> list[Any]:
    """The gradients of parameters, None where there is none."""
    return list(map(_gradient, params))


def _facts(tensors: list[Any]) -> tuple[list[Any], list[Any], list[Any], list[Any]]:
    return list(map(_address, tensors)), list(map(_length, tensors)), list(map(_dtype, tensors)), list(map(_is_contiguous, tensors))


def _is_number(value: Any, dtype: torch.dtype) -> bool:
    return isinstance(value, Tensor) and value.dtype == dtype and value.dim() == 0 and value.device.type == "cpu"

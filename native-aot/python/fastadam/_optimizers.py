"""Optimizers that keep the moments and the step counts of a list of parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from ctypes import memmove, memset
from typing import Any, Optional

from . import _hyperparameters, _library
from ._arrays import (
    Array,
    View,
    dtype_code,
    is_array,
    is_numpy,
    require_apart,
    require_same_shape,
    uint16_code,
    view,
)
from ._memory import zeros
from ._step import Views, run


class Adam:
    """Adam over a list of parameter arrays, with PyTorch's names and defaults. ``fastadam.step`` has the formula.

    Attributes:
        lr, betas, eps, weight_decay, maximize, preserve_subnormals, threads: may be changed between steps, by a schedule of
            the learning rate, say; the next step checks them.
        decoupled_weight_decay: whether weight_decay is AdamW's.
        params, exp_avg, exp_avg_sq: tuples of the parameters and of their moments, which are numpy arrays.
        steps: tuple of the number of steps that each parameter has taken.
    """

    def __init__(
        self,
        params: Iterable[Array],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        preserve_subnormals: bool = False,
        threads: int = 0,
        moment_dtype: Any = None,
        dtype: Any = None,
    ) -> None:
        """Allocates the moments with ``fastadam.zeros``, in the parameters' shapes.

        Args:
            params: the parameter arrays, which steps update in place: C-contiguous, of any shapes and supported dtypes.
            lr, betas, eps, weight_decay, decoupled_weight_decay, maximize, preserve_subnormals, threads: see
                ``fastadam.step``.
            moment_dtype: "float32", "float16" or "bfloat16" for both moments; by default each parameter's own. bfloat16
                moments are uint16 arrays unless their parameter has ml_dtypes' bfloat16.
            dtype: what uint16 parameters and gradients hold, "bfloat16" or "float16".

        Raises:
            TypeError, ValueError: a parameter or a hyperparameter is one that ``fastadam.step`` would refuse, or moment_dtype
                is none of the above.
            MemoryError, ImportError, Error, RuntimeError: as ``fastadam.zeros`` does.
        """
        if is_array(params):
            raise TypeError("params must be a list of arrays, not an array.")
        if not isinstance(params, Iterable):
            raise TypeError(f"params must be a list of arrays, not {type(params).__name__}.")
        self.lr = lr
        self.betas = betas
        self.eps = eps
        self.weight_decay = weight_decay
        self.maximize = maximize
        self.preserve_subnormals = preserve_subnormals
        self.threads = threads
        self._decoupled_weight_decay = bool(decoupled_weight_decay)
        self._options(1.0)
        self._uint16 = uint16_code(dtype)
        code = None if moment_dtype is None else dtype_code(moment_dtype, "moment_dtype")

        self._params: tuple[Any, ...] = tuple(params)
        views = [view(x, "params", i, self._uint16, True) for i, x in enumerate(self._params)]
        require_apart(views)
        self._steps = [0] * len(views)
        # Both of a parameter one after the other, as zeros asks for.
        moments = [(self._zeros(p, x, code), self._zeros(p, x, code)) for p, x in zip(self._params, views)]
        self._exp_avg = tuple(m for m, _ in moments)
        self._exp_avg_sq = tuple(v for _, v in moments)
        self._moment_codes = [x.dtype if code is None else code for x in views]

    @property
    def decoupled_weight_decay(self) -> bool:
        return self._decoupled_weight_decay

    @property
    def params(self) -> tuple[Any, ...]:
        return self._params

    @property
    def exp_avg(self) -> tuple[Any, ...]:
        return self._exp_avg

    @property
    def exp_avg_sq(self) -> tuple[Any, ...]:
        return self._exp_avg_sq

    @property
    def steps(self) -> tuple[int, ...]:
        return tuple(self._steps)

    def step(self, grads: Sequence[Optional[Array]], grad_scale: float = 1.0) -> None:
        """One step over all parameters.

        Args:
            grads: one gradient for each parameter, of its shape and any supported dtype. Where it is None, the parameter, its
                moments and its step count stay as they are, as in PyTorch.
            grad_scale: what the gradients are divided by; finite, above 0.

        Raises:
            TypeError, ValueError, Error, RuntimeError: as ``fastadam.step`` does, before anything is written. Messages say
                ``params[i]`` and ``grads[i]``.
        """
        if is_array(grads) or not isinstance(grads, Sequence):
            raise TypeError(f"grads must be a list of arrays, not {type(grads).__name__}.")
        grads = tuple(grads)  # kept alive during the call
        if len(grads) != len(self._params):
            raise ValueError(f"grads has {len(grads)} arrays, but there are {len(self._params)} parameters.")
        options = self._options(grad_scale)
        tensors: dict[int, list[Views]] = {}
        for i, grad in enumerate(grads):
            if grad is None:
                continue
            p = view(self._params[i], "params", i, self._uint16, True)
            g = view(grad, "grads", i, self._uint16, False)
            m, v = self._moments(i)
            require_same_shape(g, p)
            require_same_shape(m, p)
            tensors.setdefault(self._steps[i] + 1, []).append((p, g, m, v))
        if len(tensors) > 1:
            # One call has one step, and the library checks one call at a time.
            require_apart((x for group in tensors.values() for views in group for x in views), "grads")
        # From the smallest step, which has the largest lr / (1 - beta1^t): if the library takes that one, it takes all.
        for number in sorted(tensors):
            run(tensors[number], options, number, "grads")
            for p, _, _, _ in tensors[number]:
                assert p.place is not None
                self._steps[p.place] = number

    def _zeros(self, param: Any, param_view: View, code: Optional[int]) -> Any:
        """A moment for a parameter: of the given type, or of the parameter's."""
        if is_numpy(param) and code in (None, param_view.dtype):
            return zeros(param_view.shape, param.dtype, self.threads)
        # numpy has no bfloat16 of its own.
        names = {_library.F32: "float32", _library.F16: "float16", _library.BF16: "uint16"}
        return zeros(param_view.shape, names[param_view.dtype if code is None else code], self.threads)

    def _moments(self, i: int) -> tuple[View, View]:
        # Looked up anew, not kept: a copied or unpickled optimizer has other arrays.
        code = self._moment_codes[i]
        return view(self._exp_avg[i], "exp_avg", i, code, True), view(self._exp_avg_sq[i], "exp_avg_sq", i, code, True)

    def state_dict(self) -> dict[str, Any]:
        """The state, in PyTorch's layout::

            {"state": {i: {"step": int, "exp_avg": array, "exp_avg_sq": array}},
             "param_groups": [{"lr", "betas", "eps", "weight_decay", "amsgrad", "maximize", "decoupled_weight_decay", "params"}]}

        with no entry in "state" for a parameter that has not stepped yet. The arrays are the moments themselves, not copies:
        they change with the next step.
        """
        return {
            "state": {
                i: {"step": n, "exp_avg": self._exp_avg[i], "exp_avg_sq": self._exp_avg_sq[i]}
                for i, n in enumerate(self._steps)
                if n > 0
            },
            "param_groups": [
                {
                    "lr": self.lr,
                    "betas": self.betas,
                    "eps": self.eps,
                    "weight_decay": self.weight_decay,
                    "amsgrad": False,
                    "maximize": self.maximize,
                    "decoupled_weight_decay": self._decoupled_weight_decay,
                    "params": list(range(len(self._params))),
                }
            ],
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Takes over a state of ``state_dict()``, or of PyTorch's Adam or AdamW with one parameter group.

        The moments are copied into this optimizer's own arrays. A parameter without an entry starts again from step 0.

        Raises:
            KeyError: "state", "param_groups", or a value of an entry is missing.
            TypeError: a value has another type, or a moment another dtype than this optimizer's.
            ValueError: the number of parameters or parameter groups, a shape, or decoupled_weight_decay differs; a step is
                below 1; a hyperparameter is out of its range; or the state is AMSGrad's.

        After an exception this optimizer is as it was.
        """
        groups = state_dict["param_groups"]
        if len(groups) != 1:
            raise ValueError(f"param_groups has {len(groups)} groups; this optimizer has 1.")
        group = groups[0]
        if len(group["params"]) != len(self._params):
            raise ValueError(
                f"param_groups[0]['params'] has {len(group['params'])} entries, but there are {len(self._params)} parameters."
            )
        if group.get("amsgrad"):
            raise ValueError("param_groups[0]['amsgrad'] is set, and AMSGrad is not supported.")
        decoupled = bool(group.get("decoupled_weight_decay", self._decoupled_weight_decay))
        if decoupled != self._decoupled_weight_decay:
            raise ValueError(
                f"param_groups[0]['decoupled_weight_decay'] is {decoupled}, but this optimizer's is "
                f"{self._decoupled_weight_decay}."
            )
        maximize = bool(group.get("maximize", self.maximize))
        options = _hyperparameters.options(
            group["lr"],
            group["betas"],
            group["eps"],
            group["weight_decay"],
            1.0,
            self.threads,
            decoupled_weight_decay=decoupled,
            maximize=maximize,
            preserve_subnormals=self.preserve_subnormals,
        )

        entries = state_dict["state"]
        # PyTorch numbers parameters over all groups; with one group, "params" lists the keys in order.
        keys = list(group["params"])
        unknown = [key for key in entries if key not in keys]
        if unknown:
            raise ValueError(f"state[{unknown[0]!r}] belongs to no parameter.")
        steps = [0] * len(keys)
        copies: list[tuple[View, View]] = []
        for i, key in enumerate(keys):
            if key not in entries:
                continue
            entry = entries[key]
            steps[i] = _saved_step(entry["step"], f"state[{key!r}]['step']")
            for name, own in zip(("exp_avg", "exp_avg_sq"), self._moments(i)):
                saved = view(entry[name], f"state[{key!r}]['{name}']", None, own.dtype, False)
                require_same_shape(saved, own)
                if saved.dtype != own.dtype:
                    raise TypeError(f"{saved.name} has another dtype than this optimizer's {own.name}.")
                copies.append((saved, own))

        for saved, own in copies:
            memmove(own.address, saved.address, own.end - own.address)
        for i, n in enumerate(steps):
            if n == 0:
                for own in self._moments(i):
                    memset(own.address, 0, own.end - own.address)
        self._steps = steps
        self.lr = options.lr
        self.betas = (options.beta1, options.beta2)
        self.eps = options.eps
        self.weight_decay = options.weight_decay
        self.maximize = maximize

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({len(self._params)} parameters, lr={self.lr!r}, betas={self.betas!r}, eps={self.eps!r}, "
            f"weight_decay={self.weight_decay!r}, maximize={self.maximize!r})"
        )

    def _options(self, grad_scale: float) -> _library.Options:
        return _hyperparameters.options(
            self.lr,
            self.betas,
            self.eps,
            self.weight_decay,
            grad_scale,
            self.threads,
            decoupled_weight_decay=self._decoupled_weight_decay,
            maximize=self.maximize,
            preserve_subnormals=self.preserve_subnormals,
        )


class AdamW(Adam):
    """AdamW: Adam with decoupled weight decay, 1e-2 by default as in PyTorch. See ``Adam`` for everything else."""

    def __init__(
        self,
        params: Iterable[Array],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        *,
        maximize: bool = False,
        preserve_subnormals: bool = False,
        threads: int = 0,
        moment_dtype: Any = None,
        dtype: Any = None,
    ) -> None:
        """As for ``Adam``."""
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            decoupled_weight_decay=True,
            maximize=maximize,
            preserve_subnormals=preserve_subnormals,
            threads=threads,
            moment_dtype=moment_dtype,
            dtype=dtype,
        )


def _saved_step(step: Any, name: str) -> int:
    """The step as an integer. PyTorch keeps it as a float in a tensor."""
    try:
        if isinstance(step, (str, bytes, bytearray)):  # int() would parse them
            raise TypeError
        number = int(step)
        whole = bool(number == step)
    except (TypeError, ValueError, OverflowError):
        raise TypeError(f"{name} must be an integer, not {step!r}.") from None
    if not whole or not 1 <= number < (1 << 63) - 1:
        raise ValueError(f"{name} must be an integer from 1, not {step!r}.")
    return number

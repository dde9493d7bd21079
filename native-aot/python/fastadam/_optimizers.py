"""The optimizers with dense gradients: their arguments, which are PyTorch's, and what they keep."""

from __future__ import annotations

from typing import Any

from . import _library
from ._dense import DenseOptimizer
from ._optimizer import Hyperparameter, Params
from ._state import Rule, StateArray

_EXP_AVG = StateArray("exp_avg", "exp_avg")
_EXP_AVG_SQ = StateArray("exp_avg_sq", "exp_avg_sq")


class Adam(DenseOptimizer):
    """Adam, with t the step::

        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g * g
        p = p - lr / (1 - betas[0]**t) * m / (sqrt(v) / sqrt(1 - betas[1]**t) + eps)

    where AMSGrad has the largest v so far for the last v. State: "exp_avg" m, "exp_avg_sq" v and, with amsgrad, "max_exp_avg_sq".
    Results are those of torch.optim.Adam with fused=True.

    Attributes:
        params, exp_avg, exp_avg_sq: tuples of the parameters and of their moments, which are numpy arrays, or None where a group's rule
            has none.
    """

    rule = Rule(_library.ADAM, (_EXP_AVG, _EXP_AVG_SQ, StateArray("max_exp_avg_sq", "max_exp_avg_sq", "amsgrad")))
    betas = Hyperparameter[tuple[float, float]]()
    eps = Hyperparameter[float]()
    amsgrad = Hyperparameter[bool]()
    decoupled_weight_decay = Hyperparameter[bool]()

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        preserve_subnormals: bool = False,
        threads: int = 0,
        moment_dtype: Any = None,
        dtype: Any = None,
    ) -> None:
        """Allocates the state with ``fastadam.zeros``, in the parameters' shapes, as the constructors of all optimizers do.

        Args:
            params: the parameter arrays, which steps update in place: C-contiguous, of any shapes and supported dtypes. Or
                parameter groups: dicts of "params", the arrays, and of hyperparameters that differ from the arguments below, and
                of "rule", a class of another optimizer, whose defaults then hold instead.
            lr: the learning rate; finite, at least 0.
            betas: the decay rates of the moments; each at least 0 and below 1.
            eps: added to the denominator; finite, at least 0.
            weight_decay: finite, at least 0. PyTorch's AdamW has 1e-2.
            amsgrad: divide by the root of the largest second moment so far.
            decoupled_weight_decay: AdamW's weight decay, p = p * (1 - lr * weight_decay), instead of L2, g = g + weight_decay * p.
            maximize: climb instead of descend.
            preserve_subnormals, threads: see ``fastadam.step``.
            moment_dtype: "float32", "float16" or "bfloat16" for the state arrays; by default each parameter's own. bfloat16
                ones are uint16 arrays unless their parameter has ml_dtypes' bfloat16.
            dtype: what uint16 parameters and gradients hold, "bfloat16" or "float16".

        Raises:
            TypeError, ValueError: a parameter or a hyperparameter is one that ``fastadam.step`` would refuse, or moment_dtype
                is none of the above, or a group has something that its rule does not have. Messages say ``params[i]``, counted
                over all groups, and of groups ``param_groups[i]``.
            MemoryError, ImportError, Error, RuntimeError: as ``fastadam.zeros`` does.
        """
        super().__init__(locals())

    @property
    def exp_avg(self) -> tuple[Any, ...]:
        return tuple(x.arrays.get("exp_avg") for x in self._parameters)

    @property
    def exp_avg_sq(self) -> tuple[Any, ...]:
        return tuple(x.arrays.get("exp_avg_sq") for x in self._parameters)


class AdamW(Adam):
    """AdamW: Adam with decoupled weight decay, 1e-2 by default as in PyTorch. See ``Adam`` for everything else."""

    fixed = {"decoupled_weight_decay": True}

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
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
            amsgrad,
            decoupled_weight_decay=True,
            maximize=maximize,
            preserve_subnormals=preserve_subnormals,
            threads=threads,
            moment_dtype=moment_dtype,
            dtype=dtype,
        )


class NAdam(DenseOptimizer):
    """NAdam, with m and v as Adam's, t the step, mu_t = betas[0] * (1 - 0.96**(t * momentum_decay) / 2) and Pi_t the product of
    mu_1 to mu_t::

        p = p - lr * ((1 - mu_t) / (1 - Pi_t) * g + mu_(t+1) / (1 - Pi_(t+1)) * m) / (sqrt(v / (1 - betas[1]**t)) + eps)

    State: "exp_avg" m, "exp_avg_sq" v and the number "mu_product" Pi. torch.optim.NAdam.
    """

    rule = Rule(_library.NADAM, (_EXP_AVG, _EXP_AVG_SQ), keeps_momentum_product=True)
    betas = Hyperparameter[tuple[float, float]]()
    eps = Hyperparameter[float]()
    momentum_decay = Hyperparameter[float]()
    decoupled_weight_decay = Hyperparameter[bool]()

    def __init__(
        self,
        params: Params,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
        preserve_subnormals: bool = False,
        threads: int = 0,
        moment_dtype: Any = None,
        dtype: Any = None,
    ) -> None:
        """As for ``Adam``, and momentum_decay: finite, at least 0."""
        super().__init__(locals())


class RAdam(DenseOptimizer):
    """RAdam, with m and v as Adam's, t the step, rho = 2 / (1 - betas[1]) - 1 and
    rho_t = rho - 2 * t * betas[1]**t / (1 - betas[1]**t)::

        r = sqrt((rho_t - 4) * (rho_t - 2) * rho / ((rho - 4) * (rho - 2) * rho_t))
        p = p - lr / (1 - betas[0]**t) * m * r * sqrt(1 - betas[1]**t) / (sqrt(v) + eps)    where rho_t > 5
        p = p - lr / (1 - betas[0]**t) * m                                                  else

    State: "exp_avg" m and "exp_avg_sq" v. torch.optim.RAdam.
    """

    rule = Rule(_library.RADAM, (_EXP_AVG, _EXP_AVG_SQ))
    betas = Hyperparameter[tuple[float, float]]()
    eps = Hyperparameter[float]()
    decoupled_weight_decay = Hyperparameter[bool]()

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
        preserve_subnormals: bool = False,
        threads: int = 0,
        moment_dtype: Any = None,
        dtype: Any = None,
    ) -> None:
        """As for ``Adam``."""
        super().__init__(locals())


class Adamax(DenseOptimizer):
    """Adamax, with m as Adam's and t the step::

        u = max(betas[1] * u, |g| + eps)
        p = p - lr / (1 - betas[0]**t) * m / u

    State: "exp_avg" m and "exp_inf" u. torch.optim.Adamax.
    """

    rule = Rule(_library.ADAMAX, (_EXP_AVG, StateArray("exp_inf", "exp_avg_sq")))
    betas = Hyperparameter[tuple[float, float]]()
    eps = Hyperparameter[float]()

    def __init__(
        self,
        params: Params,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
        preserve_subnormals: bool = False,
        threads: int = 0,
        moment_dtype: Any = None,
        dtype: Any = None,
    ) -> None:
        """As for ``Adam``; betas[1] is the decay rate of the infinity norm."""
        super().__init__(locals())


class SGD(DenseOptimizer):
    """Gradient descent: p = p - lr * g. With a momentum above 0::

        b = momentum * b + (1 - dampening) * g      in the first step b = g
        p = p - lr * b                              with nesterov p = p - lr * (g + momentum * b)

    State: none, with momentum "momentum_buffer" b. Results in float32 are those of torch.optim.SGD with fused=True.
    """

    rule = Rule(_library.SGD, (StateArray("momentum_buffer", "exp_avg", "momentum"),), keeps_step=False)
    momentum = Hyperparameter[float]()
    dampening = Hyperparameter[float]()
    nesterov = Hyperparameter[bool]()

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        preserve_subnormals: bool = False,
        threads: int = 0,
        moment_dtype: Any = None,
        dtype: Any = None,
    ) -> None:
        """As for ``Adam``, and

        Args:
            momentum: finite, at least 0. Where it becomes 0 between steps, the next step drops the momentum buffer.
            dampening: what the gradients are weakened by on their way into the momentum buffer; finite.
            nesterov: Nesterov's momentum; with a momentum and without dampening.
        """
        super().__init__(locals())


class Adagrad(DenseOptimizer):
    """AdaGrad, with t the step::

        s = s + g * g
        p = p - lr / (1 + (t - 1) * lr_decay) * g / (sqrt(s) + eps)

    State: "sum" s. Results in float32 are those of torch.optim.Adagrad with fused=True.
    """

    rule = Rule(_library.ADAGRAD, (StateArray("sum", "exp_avg_sq"),), starts_with_state=True)
    lr_decay = Hyperparameter[float]()
    initial_accumulator_value = Hyperparameter[float]()
    eps = Hyperparameter[float]()

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
        preserve_subnormals: bool = False,
        threads: int = 0,
        moment_dtype: Any = None,
        dtype: Any = None,
    ) -> None:
        """As for ``Adam``, and

        Args:
            lr_decay: finite, at least 0.
            initial_accumulator_value: what the sum holds before the first step; at least 0, finite in the sum's type.
        """
        super().__init__(locals())


class RMSprop(DenseOptimizer):
    """RMSProp::

        s = alpha * s + (1 - alpha) * g * g
        d = sqrt(s) + eps                           with centered a = alpha * a + (1 - alpha) * g
                                                    and d = sqrt(max(s - a * a, 0)) + eps
        p = p - lr * g / d                          with a momentum above 0 b = momentum * b + g / d and p = p - lr * b

    State: "square_avg" s, with momentum "momentum_buffer" b, centered "grad_avg" a. torch.optim.RMSprop, where a negative s - a * a,
    which rounding makes, gives NaN.
    """

    rule = Rule(
        _library.RMSPROP,
        (
            StateArray("square_avg", "exp_avg_sq"),
            StateArray("momentum_buffer", "exp_avg", "momentum"),
            StateArray("grad_avg", "max_exp_avg_sq", "centered"),
        ),
    )
    alpha = Hyperparameter[float]()
    eps = Hyperparameter[float]()
    momentum = Hyperparameter[float]()
    centered = Hyperparameter[bool]()

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        *,
        maximize: bool = False,
        preserve_subnormals: bool = False,
        threads: int = 0,
        moment_dtype: Any = None,
        dtype: Any = None,
    ) -> None:
        """As for ``Adam``, and

        Args:
            alpha: the decay rate of the averages; at least 0 and below 1.
            momentum: finite, at least 0. Where it becomes 0 between steps, the next step drops the momentum buffer.
            centered: divide by the standard deviation instead of the root mean square.
        """
        super().__init__(locals())


class Lion(DenseOptimizer):
    """Lion, with decoupled weight decay::

        p = p * (1 - lr * weight_decay) - lr * sign(betas[0] * m + (1 - betas[0]) * g)
        m = betas[1] * m + (1 - betas[1]) * g

    State: "exp_avg" m. X. Chen et al., "Symbolic discovery of optimization algorithms", 2023, with its reference implementation's
    arguments and defaults.
    """

    rule = Rule(_library.LION, (_EXP_AVG,), keeps_step=False)
    fixed = {"decoupled_weight_decay": True}
    betas = Hyperparameter[tuple[float, float]]()
    decoupled_weight_decay = Hyperparameter[bool]()

    def __init__(
        self,
        params: Params,
        lr: float = 1e-4,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
        preserve_subnormals: bool = False,
        threads: int = 0,
        moment_dtype: Any = None,
        dtype: Any = None,
    ) -> None:
        """As for ``Adam``; betas weigh the moment in the update and in itself."""
        super().__init__(locals())

"""The optimizers with dense gradients: their arguments, which are PyTorch's, and what they keep. Written by src/FastAdam.Faces: do not edit."""

from __future__ import annotations

from typing import Any, Optional

from . import _rules
from ._dense import DenseOptimizer
from ._optimizer import Arrays, Params, Shared

__all__ = [
    "ADOPT",
    "AdEMAMix",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "AdamWScheduleFree",
    "Adamax",
    "Adan",
    "Lion",
    "NAdam",
    "RAdam",
    "RMSprop",
    "SGD",
]


class Adam(DenseOptimizer):
    """Adam, AdamW, AMSGrad, with t the step, bc1 = 1 - beta1**t and bc2 = 1 - beta2**t::

        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2; with amsgrad x = max(x, v), which stands below for v
        p = p - lr / bc1 * m / (sqrt(v) / sqrt(bc2) + eps)

    State: exp_avg m, exp_avg_sq v, max_exp_avg_sq x with amsgrad. PyTorch's Adam and AdamW with fused=True. D. P. Kingma, J. Ba,
    "Adam: a method for stochastic optimization", 2015; I. Loshchilov, F. Hutter, "Decoupled weight decay regularization", 2019;
    S. J. Reddi, S. Kale, S. Kumar, "On the convergence of Adam and beyond", 2018.
    """

    rule = _rules.ADAM
    exp_avg = Arrays()
    exp_avg_sq = Arrays()
    max_exp_avg_sq = Arrays()
    lr = Shared[float]()
    betas = Shared[tuple[float, float]]()
    eps = Shared[float]()
    weight_decay = Shared[float]()
    decoupled_weight_decay = Shared[bool]()
    maximize = Shared[bool]()
    amsgrad = Shared[bool]()
    preserve_subnormals = Shared[bool]()

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
        state_format: Optional[str] = None,
        min_8bit_size: int = 4096,
        master: Optional[str] = None,
        copy: Any = None,
        rounding: str = "nearest",
        seed: int = 0,
    ) -> None:
        """As of all optimizers: ``DenseOptimizer`` says what params and the arguments from threads on are.

        Args:
            lr: the step size; finite, at least 0.
            betas: the decay rates beta1, beta2; each from 0 to below 1.
            eps: the term against division by zero; 0, or finite and above 0 in single precision.
            weight_decay: the factor of weight decay; finite, at least 0.
            decoupled_weight_decay: the parameters shrink by the factor 1 - lr * weight_decay before the update; else
                weight_decay * parameter is added to the gradient.
            maximize: climb the objective: the gradients' sign is reversed when they are read.
            amsgrad: divide by the root of the largest second moment so far.
            preserve_subnormals: store state below 2^-126 as it is, as PyTorch does, instead of as zero: such state makes x86
                CPUs many times slower.
        """
        super().__init__(locals())


class AdamW(Adam):
    """AdamW: Adam with decoupled_weight_decay and weight_decay 1e-2 by default. See ``Adam`` for everything else."""

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
        state_format: Optional[str] = None,
        min_8bit_size: int = 4096,
        master: Optional[str] = None,
        copy: Any = None,
        rounding: str = "nearest",
        seed: int = 0,
    ) -> None:
        """As of all optimizers: ``DenseOptimizer`` says what params and the arguments from threads on are.

        Args:
            lr: the step size; finite, at least 0.
            betas: the decay rates beta1, beta2; each from 0 to below 1.
            eps: the term against division by zero; 0, or finite and above 0 in single precision.
            weight_decay: the factor of weight decay; finite, at least 0.
            maximize: climb the objective: the gradients' sign is reversed when they are read.
            amsgrad: divide by the root of the largest second moment so far.
            preserve_subnormals: store state below 2^-126 as it is, as PyTorch does, instead of as zero: such state makes x86
                CPUs many times slower.
        """
        super(Adam, self).__init__(locals())


class NAdam(DenseOptimizer):
    """NAdam, with t the step, bc1 = 1 - beta1**t and bc2 = 1 - beta2**t::

        m and v as Adam's; mu_t = beta1 * (1 - 0.96**(t * momentum_decay) / 2); Pi_t the product of mu_1 to mu_t
        p = p - lr * ((1 - mu_t) / (1 - Pi_t) * g + mu_(t+1) / (1 - Pi_(t+1)) * m) / (sqrt(v / bc2) + eps)

    State: exp_avg m, exp_avg_sq v, the number mu_product Pi, 1 before step 1. PyTorch's NAdam. T. Dozat, "Incorporating Nesterov
    momentum into Adam", 2016.
    """

    rule = _rules.NADAM
    exp_avg = Arrays()
    exp_avg_sq = Arrays()
    lr = Shared[float]()
    betas = Shared[tuple[float, float]]()
    eps = Shared[float]()
    weight_decay = Shared[float]()
    momentum_decay = Shared[float]()
    decoupled_weight_decay = Shared[bool]()
    maximize = Shared[bool]()
    preserve_subnormals = Shared[bool]()

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
        state_format: Optional[str] = None,
        min_8bit_size: int = 4096,
        master: Optional[str] = None,
        copy: Any = None,
        rounding: str = "nearest",
        seed: int = 0,
    ) -> None:
        """As of all optimizers: ``DenseOptimizer`` says what params and the arguments from threads on are.

        Args:
            lr: the step size; finite, at least 0.
            betas: the decay rates beta1, beta2; each from 0 to below 1.
            eps: the term against division by zero; 0, or finite and above 0 in single precision.
            weight_decay: the factor of weight decay; finite, at least 0.
            momentum_decay: the decay of the momentum with the number of steps; finite, at least 0.
            decoupled_weight_decay: the parameters shrink by the factor 1 - lr * weight_decay before the update; else
                weight_decay * parameter is added to the gradient.
            maximize: climb the objective: the gradients' sign is reversed when they are read.
            preserve_subnormals: store state below 2^-126 as it is, as PyTorch does, instead of as zero: such state makes x86
                CPUs many times slower.
        """
        super().__init__(locals())


class RAdam(DenseOptimizer):
    """RAdam, with t the step, bc1 = 1 - beta1**t and bc2 = 1 - beta2**t::

        m and v as Adam's; rho = 2 / (1 - beta2) - 1; rho_t = rho - 2 * t * beta2**t / bc2
        r = sqrt((rho_t - 4) * (rho_t - 2) * rho / ((rho - 4) * (rho - 2) * rho_t))
        p = p - lr / bc1 * m * r * sqrt(bc2) / (sqrt(v) + eps) where rho_t > 5, else p = p - lr / bc1 * m

    State: exp_avg m, exp_avg_sq v. PyTorch's RAdam. L. Liu et al., "On the variance of the adaptive learning rate and beyond",
    2020.
    """

    rule = _rules.RADAM
    exp_avg = Arrays()
    exp_avg_sq = Arrays()
    lr = Shared[float]()
    betas = Shared[tuple[float, float]]()
    eps = Shared[float]()
    weight_decay = Shared[float]()
    decoupled_weight_decay = Shared[bool]()
    maximize = Shared[bool]()
    preserve_subnormals = Shared[bool]()

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
        state_format: Optional[str] = None,
        min_8bit_size: int = 4096,
        master: Optional[str] = None,
        copy: Any = None,
        rounding: str = "nearest",
        seed: int = 0,
    ) -> None:
        """As of all optimizers: ``DenseOptimizer`` says what params and the arguments from threads on are.

        Args:
            lr: the step size; finite, at least 0.
            betas: the decay rates beta1, beta2; each from 0 to below 1.
            eps: the term against division by zero; 0, or finite and above 0 in single precision.
            weight_decay: the factor of weight decay; finite, at least 0.
            decoupled_weight_decay: the parameters shrink by the factor 1 - lr * weight_decay before the update; else
                weight_decay * parameter is added to the gradient.
            maximize: climb the objective: the gradients' sign is reversed when they are read.
            preserve_subnormals: store state below 2^-126 as it is, as PyTorch does, instead of as zero: such state makes x86
                CPUs many times slower.
        """
        super().__init__(locals())


class Adamax(DenseOptimizer):
    """AdaMax, with t the step, bc1 = 1 - beta1**t and bc2 = 1 - beta2**t::

        m as Adam's; u = max(beta2 * u, |g| + eps)
        p = p - lr / bc1 * m / u

    State: exp_avg m, exp_inf u. PyTorch's Adamax. D. P. Kingma, J. Ba, 2015, algorithm 2.
    """

    rule = _rules.ADAMAX
    exp_avg = Arrays()
    exp_inf = Arrays()
    lr = Shared[float]()
    betas = Shared[tuple[float, float]]()
    eps = Shared[float]()
    weight_decay = Shared[float]()
    maximize = Shared[bool]()
    preserve_subnormals = Shared[bool]()

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
        state_format: Optional[str] = None,
        min_8bit_size: int = 4096,
        master: Optional[str] = None,
        copy: Any = None,
        rounding: str = "nearest",
        seed: int = 0,
    ) -> None:
        """As of all optimizers: ``DenseOptimizer`` says what params and the arguments from threads on are.

        Args:
            lr: the step size; finite, at least 0.
            betas: the decay rates beta1, beta2; each from 0 to below 1.
            eps: the term against division by zero; 0, or finite and above 0 in single precision.
            weight_decay: the factor of weight decay; finite, at least 0.
            maximize: climb the objective: the gradients' sign is reversed when they are read.
            preserve_subnormals: store state below 2^-126 as it is, as PyTorch does, instead of as zero: such state makes x86
                CPUs many times slower.
        """
        super().__init__(locals())


class SGD(DenseOptimizer):
    """SGD, with momentum and Nesterov's, with t the step, bc1 = 1 - beta1**t and bc2 = 1 - beta2**t::

        p = p - lr * g
        with a momentum above 0 instead b = momentum * b + (1 - dampening) * g, in step 1 b = g
        and p = p - lr * b, with nesterov p = p - lr * (g + momentum * b)

    State: momentum_buffer b with a momentum above 0. PyTorch's SGD with fused=True. B. T. Polyak, 1964; Y. Nesterov, 1983; I.
    Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013.
    """

    rule = _rules.SGD
    momentum_buffer = Arrays()
    lr = Shared[float]()
    weight_decay = Shared[float]()
    momentum = Shared[float]()
    dampening = Shared[float]()
    maximize = Shared[bool]()
    preserve_subnormals = Shared[bool]()
    nesterov = Shared[bool]()

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
        state_format: Optional[str] = None,
        min_8bit_size: int = 4096,
        master: Optional[str] = None,
        copy: Any = None,
        rounding: str = "nearest",
        seed: int = 0,
    ) -> None:
        """As of all optimizers: ``DenseOptimizer`` says what params and the arguments from threads on are.

        Args:
            lr: the step size; finite, at least 0.
            weight_decay: the factor of weight decay; finite, at least 0.
            momentum: the factor of the momentum buffer; finite, at least 0.
            dampening: what the gradients are weakened by on their way into the momentum buffer; finite.
            maximize: climb the objective: the gradients' sign is reversed when they are read.
            preserve_subnormals: store state below 2^-126 as it is, as PyTorch does, instead of as zero: such state makes x86
                CPUs many times slower.
            nesterov: Nesterov's momentum.
        """
        super().__init__(locals())


class Adagrad(DenseOptimizer):
    """AdaGrad, with t the step, bc1 = 1 - beta1**t and bc2 = 1 - beta2**t::

        s = s + g**2
        p = p - lr / (1 + (t - 1) * lr_decay) * g / (sqrt(s) + eps)

    State: sum s, which may hold another value before step 1. PyTorch's Adagrad with fused=True. J. Duchi, E. Hazan, Y. Singer,
    "Adaptive subgradient methods for online learning and stochastic optimization", 2011.
    """

    rule = _rules.ADAGRAD
    sum = Arrays()
    lr = Shared[float]()
    eps = Shared[float]()
    weight_decay = Shared[float]()
    lr_decay = Shared[float]()
    initial_accumulator_value = Shared[float]()
    maximize = Shared[bool]()
    preserve_subnormals = Shared[bool]()

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
        state_format: Optional[str] = None,
        min_8bit_size: int = 4096,
        master: Optional[str] = None,
        copy: Any = None,
        rounding: str = "nearest",
        seed: int = 0,
    ) -> None:
        """As of all optimizers: ``DenseOptimizer`` says what params and the arguments from threads on are.

        Args:
            lr: the step size; finite, at least 0.
            eps: the term against division by zero; 0, or finite and above 0 in single precision.
            weight_decay: the factor of weight decay; finite, at least 0.
            lr_decay: the decay of the learning rate with the number of steps; finite, at least 0.
            initial_accumulator_value: what sum holds before step 1; finite, at least 0.
            maximize: climb the objective: the gradients' sign is reversed when they are read.
            preserve_subnormals: store state below 2^-126 as it is, as PyTorch does, instead of as zero: such state makes x86
                CPUs many times slower.
        """
        super().__init__(locals())


class RMSprop(DenseOptimizer):
    """RMSProp, with t the step, bc1 = 1 - beta1**t and bc2 = 1 - beta2**t::

        s = beta2 * s + (1 - beta2) * g**2; d = sqrt(s) + eps
        with centered a = beta2 * a + (1 - beta2) * g and d = sqrt(max(s - a**2, 0)) + eps
        p = p - lr * g / d; with a momentum above 0 b = momentum * b + g / d and p = p - lr * b

    State: square_avg s, momentum_buffer b with a momentum above 0, grad_avg a with centered. PyTorch's RMSprop, whose alpha is
    beta2. T. Tieleman, G. Hinton, 2012; centered: A. Graves, "Generating sequences with recurrent neural networks", 2013.
    """

    rule = _rules.RMSPROP
    square_avg = Arrays()
    momentum_buffer = Arrays()
    grad_avg = Arrays()
    lr = Shared[float]()
    alpha = Shared[float]()
    eps = Shared[float]()
    weight_decay = Shared[float]()
    momentum = Shared[float]()
    maximize = Shared[bool]()
    preserve_subnormals = Shared[bool]()
    centered = Shared[bool]()

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
        state_format: Optional[str] = None,
        min_8bit_size: int = 4096,
        master: Optional[str] = None,
        copy: Any = None,
        rounding: str = "nearest",
        seed: int = 0,
    ) -> None:
        """As of all optimizers: ``DenseOptimizer`` says what params and the arguments from threads on are.

        Args:
            lr: the step size; finite, at least 0.
            alpha: the decay rate of the second moment; from 0 to below 1.
            eps: the term against division by zero; 0, or finite and above 0 in single precision.
            weight_decay: the factor of weight decay; finite, at least 0.
            momentum: the factor of the momentum buffer; finite, at least 0.
            maximize: climb the objective: the gradients' sign is reversed when they are read.
            preserve_subnormals: store state below 2^-126 as it is, as PyTorch does, instead of as zero: such state makes x86
                CPUs many times slower.
            centered: divide by the standard deviation instead of the root mean square.
        """
        super().__init__(locals())


class Lion(DenseOptimizer):
    """Lion, with t the step, bc1 = 1 - beta1**t and bc2 = 1 - beta2**t::

        p = p - lr * sign(beta1 * m + (1 - beta1) * g)
        m = beta2 * m + (1 - beta2) * g

    State: exp_avg m. Its authors' code. X. Chen et al., "Symbolic discovery of optimization algorithms", 2023.
    """

    rule = _rules.LION
    fixed = {"decoupled_weight_decay": True}
    exp_avg = Arrays()
    lr = Shared[float]()
    betas = Shared[tuple[float, float]]()
    weight_decay = Shared[float]()
    decoupled_weight_decay = Shared[bool]()
    maximize = Shared[bool]()
    preserve_subnormals = Shared[bool]()

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
        state_format: Optional[str] = None,
        min_8bit_size: int = 4096,
        master: Optional[str] = None,
        copy: Any = None,
        rounding: str = "nearest",
        seed: int = 0,
    ) -> None:
        """As of all optimizers: ``DenseOptimizer`` says what params and the arguments from threads on are.

        Args:
            lr: the step size; finite, at least 0.
            betas: the decay rates beta1, beta2; each from 0 to below 1.
            weight_decay: the factor of weight decay; finite, at least 0.
            maximize: climb the objective: the gradients' sign is reversed when they are read.
            preserve_subnormals: store state below 2^-126 as it is, as PyTorch does, instead of as zero: such state makes x86
                CPUs many times slower.
        """
        super().__init__(locals())


class AdEMAMix(DenseOptimizer):
    """AdEMAMix, with t the step, bc1 = 1 - beta1**t and bc2 = 1 - beta2**t::

        m and v as Adam's; n = beta3_t * n + (1 - beta3_t) * g
        p = p - lr * (m / bc1 + alpha_t * n) / (sqrt(v / bc2) + eps)
        alpha_t = alpha * min(t / alpha_warmup, 1)
        1 / ln beta3_t goes from 1 / ln beta1 to 1 / ln beta3 until step beta3_warmup, beta3_t = beta3 then

    State: exp_avg_fast m, exp_avg_sq v, exp_avg_slow n. Its authors' code. M. Pagliardini, P. Ablin, D. Grangier, "The AdEMAMix
    optimizer: better, faster, older", 2024.
    """

    rule = _rules.ADEMAMIX
    fixed = {"decoupled_weight_decay": True}
    exp_avg_fast = Arrays()
    exp_avg_sq = Arrays()
    exp_avg_slow = Arrays()
    lr = Shared[float]()
    betas = Shared[tuple[float, float, float]]()
    eps = Shared[float]()
    weight_decay = Shared[float]()
    alpha = Shared[float]()
    alpha_warmup = Shared[float]()
    beta3_warmup = Shared[float]()
    decoupled_weight_decay = Shared[bool]()
    maximize = Shared[bool]()
    preserve_subnormals = Shared[bool]()

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float, float] = (0.9, 0.999, 0.9999),
        alpha: float = 5.0,
        beta3_warmup: float = 0.0,
        alpha_warmup: float = 0.0,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
        preserve_subnormals: bool = False,
        threads: int = 0,
        moment_dtype: Any = None,
        dtype: Any = None,
        state_format: Optional[str] = None,
        min_8bit_size: int = 4096,
        master: Optional[str] = None,
        copy: Any = None,
        rounding: str = "nearest",
        seed: int = 0,
    ) -> None:
        """As of all optimizers: ``DenseOptimizer`` says what params and the arguments from threads on are.

        Args:
            lr: the step size; finite, at least 0.
            betas: the decay rates beta1, beta2, beta3; each from 0 to below 1.
            eps: the term against division by zero; 0, or finite and above 0 in single precision.
            weight_decay: the factor of weight decay; finite, at least 0.
            alpha: the weight of the slow first moment; finite, at least 0.
            alpha_warmup: the steps in which alpha grows from 0; finite, at least 0.
            beta3_warmup: the steps in which beta3 grows from beta1; finite, at least 0.
            maximize: climb the objective: the gradients' sign is reversed when they are read.
            preserve_subnormals: store state below 2^-126 as it is, as PyTorch does, instead of as zero: such state makes x86
                CPUs many times slower.
        """
        super().__init__(locals())


class ADOPT(DenseOptimizer):
    """ADOPT, with t the step, bc1 = 1 - beta1**t and bc2 = 1 - beta2**t::

        in step 1 v = g**2, and nothing else
        then, with c = (t - 1)**clip_exponent, m = beta1 * m + (1 - beta1) * min(max(g / max(sqrt(v), eps), -c), c)
        p = p - lr * m; v = beta2 * v + (1 - beta2) * g**2

    State: exp_avg m, exp_avg_sq v. Its authors' code of November 22nd, 2024. S. Taniguchi et al., "ADOPT: modified Adam can
    converge with any beta2 with the optimal rate", 2024.
    """

    rule = _rules.ADOPT
    exp_avg = Arrays()
    exp_avg_sq = Arrays()
    lr = Shared[float]()
    betas = Shared[tuple[float, float]]()
    eps = Shared[float]()
    weight_decay = Shared[float]()
    clip_exponent = Shared[float]()
    decoupled_weight_decay = Shared[bool]()
    maximize = Shared[bool]()
    preserve_subnormals = Shared[bool]()

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.9999),
        eps: float = 1e-6,
        clip_exponent: float = 0.25,
        weight_decay: float = 0.0,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
        preserve_subnormals: bool = False,
        threads: int = 0,
        moment_dtype: Any = None,
        dtype: Any = None,
        state_format: Optional[str] = None,
        min_8bit_size: int = 4096,
        master: Optional[str] = None,
        copy: Any = None,
        rounding: str = "nearest",
        seed: int = 0,
    ) -> None:
        """As of all optimizers: ``DenseOptimizer`` says what params and the arguments from threads on are.

        Args:
            lr: the step size; finite, at least 0.
            betas: the decay rates beta1, beta2; each from 0 to below 1.
            eps: the term against division by zero; 0, or finite and above 0 in single precision.
            weight_decay: the factor of weight decay; finite, at least 0.
            clip_exponent: normalized gradients are limited to (step - 1)^clip_exponent in magnitude, by infinity not at all;
                finite and at least 0, or infinity.
            decoupled_weight_decay: the parameters shrink by the factor 1 - lr * weight_decay before the update; else
                weight_decay * parameter is added to the gradient.
            maximize: climb the objective: the gradients' sign is reversed when they are read.
            preserve_subnormals: store state below 2^-126 as it is, as PyTorch does, instead of as zero: such state makes x86
                CPUs many times slower.
        """
        super().__init__(locals())


class AdamWScheduleFree(DenseOptimizer):
    """Schedule-Free AdamW, with t the step, bc1 = 1 - beta1**t and bc2 = 1 - beta2**t::

        v as Adam's; u = g / (sqrt(v / bc2) + eps) + weight_decay * y; in step 1 z begins as y
        lr_t = lr * min(t / warmup_steps, 1); L = max(L, lr_t); w = t**r * L**weight_lr_power; W = W + w; c = w / W
        y = (1 - c) * y + c * z - lr_t * (1 - beta1 * (1 - c)) * u; z = z - lr_t * u
        The parameters are y, where gradients are taken; those for evaluation are x = y / beta1 + (1 - 1 / beta1) * z

    State: z, exp_avg_sq v, the number weight_sum W, 0 before step 1, the number lr_max L, 0 before step 1, the number eval_mode,
    0 before step 1 and in every step: 1 says that the parameters are those for evaluation. Its authors' AdamWScheduleFree,
    version 1.4. A. Defazio et al., "The road less scheduled", 2024.
    """

    rule = _rules.SCHEDULEFREE
    z = Arrays()
    exp_avg_sq = Arrays()
    lr = Shared[float]()
    betas = Shared[tuple[float, float]]()
    eps = Shared[float]()
    weight_decay = Shared[float]()
    warmup_steps = Shared[float]()
    r = Shared[float]()
    weight_lr_power = Shared[float]()
    maximize = Shared[bool]()
    preserve_subnormals = Shared[bool]()

    def __init__(
        self,
        params: Params,
        lr: float = 2.5e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        warmup_steps: float = 0.0,
        r: float = 0.0,
        weight_lr_power: float = 2.0,
        *,
        maximize: bool = False,
        preserve_subnormals: bool = False,
        threads: int = 0,
        moment_dtype: Any = None,
        dtype: Any = None,
        state_format: Optional[str] = None,
        min_8bit_size: int = 4096,
        master: Optional[str] = None,
        copy: Any = None,
        rounding: str = "nearest",
        seed: int = 0,
    ) -> None:
        """As of all optimizers: ``DenseOptimizer`` says what params and the arguments from threads on are.

        Args:
            lr: the step size; finite, at least 0.
            betas: the decay rates beta1, beta2; beta1 above 0 and below 1, twice its inverse finite in single precision;
                beta2 from 0 to below 1.
            eps: the term against division by zero; 0, or finite and above 0 in single precision.
            weight_decay: the factor of weight decay; finite, at least 0.
            warmup_steps: the steps in which the learning rate grows from 0; finite, at least 0.
            r: a step weighs step^r in the average; finite, at least 0.
            weight_lr_power: a step weighs the largest learning rate so far to this power in the average; finite, at least 0.
            maximize: climb the objective: the gradients' sign is reversed when they are read.
            preserve_subnormals: store state below 2^-126 as it is, as PyTorch does, instead of as zero: such state makes x86
                CPUs many times slower.
        """
        super().__init__(locals())


class Adan(DenseOptimizer):
    """Adan, with t the step, bc1 = 1 - beta1**t and bc2 = 1 - beta2**t::

        k = g + h, in step 1 k = 0; m = beta1 * m + (1 - beta1) * g; v = beta2 * v + (1 - beta2) * k
        n = beta3 * n + (1 - beta3) * (g + beta2 * k)**2; h = -g
        p = (p - lr * (m / bc1 + beta2 * v / bc2) / (sqrt(n / bc3) + eps)) / (1 + lr * weight_decay), bc3 = 1 - beta3**t
        with no_prox p = (1 - lr * weight_decay) * p - lr * (...) / (...)

    State: exp_avg m, exp_avg_sq n, exp_avg_diff v, neg_pre_grad h. Its authors' code. X. Xie et al., "Adan: adaptive Nesterov
    momentum algorithm for faster optimizing deep models", 2022.
    """

    rule = _rules.ADAN
    exp_avg = Arrays()
    exp_avg_sq = Arrays()
    exp_avg_diff = Arrays()
    neg_pre_grad = Arrays()
    lr = Shared[float]()
    betas = Shared[tuple[float, float, float]]()
    eps = Shared[float]()
    weight_decay = Shared[float]()
    maximize = Shared[bool]()
    preserve_subnormals = Shared[bool]()
    no_prox = Shared[bool]()

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float, float] = (0.98, 0.92, 0.99),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
        preserve_subnormals: bool = False,
        no_prox: bool = False,
        threads: int = 0,
        moment_dtype: Any = None,
        dtype: Any = None,
        state_format: Optional[str] = None,
        min_8bit_size: int = 4096,
        master: Optional[str] = None,
        copy: Any = None,
        rounding: str = "nearest",
        seed: int = 0,
    ) -> None:
        """As of all optimizers: ``DenseOptimizer`` says what params and the arguments from threads on are.

        Args:
            lr: the step size; finite, at least 0.
            betas: the decay rates beta1, beta2, beta3; each from 0 to below 1.
            eps: the term against division by zero; 0, or finite and above 0 in single precision.
            weight_decay: the factor of weight decay; finite, at least 0.
            maximize: climb the objective: the gradients' sign is reversed when they are read.
            preserve_subnormals: store state below 2^-126 as it is, as PyTorch does, instead of as zero: such state makes x86
                CPUs many times slower.
            no_prox: decoupled weight decay as AdamW's instead of the proximal step.
        """
        super().__init__(locals())


class Adadelta(DenseOptimizer):
    """AdaDelta, with t the step, bc1 = 1 - beta1**t and bc2 = 1 - beta2**t::

        s = beta2 * s + (1 - beta2) * g**2; u = sqrt(a + eps) / sqrt(s + eps) * g
        a = beta2 * a + (1 - beta2) * u**2; p = p - lr * u

    State: square_avg s, acc_delta a. PyTorch's Adadelta, whose rho is beta2. M. D. Zeiler, "ADADELTA: an adaptive learning rate
    method", 2012.
    """

    rule = _rules.ADADELTA
    square_avg = Arrays()
    acc_delta = Arrays()
    lr = Shared[float]()
    rho = Shared[float]()
    eps = Shared[float]()
    weight_decay = Shared[float]()
    maximize = Shared[bool]()
    preserve_subnormals = Shared[bool]()

    def __init__(
        self,
        params: Params,
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
        preserve_subnormals: bool = False,
        threads: int = 0,
        moment_dtype: Any = None,
        dtype: Any = None,
        state_format: Optional[str] = None,
        min_8bit_size: int = 4096,
        master: Optional[str] = None,
        copy: Any = None,
        rounding: str = "nearest",
        seed: int = 0,
    ) -> None:
        """As of all optimizers: ``DenseOptimizer`` says what params and the arguments from threads on are.

        Args:
            lr: the step size; finite, at least 0.
            rho: the decay rate of the second moment; from 0 to below 1.
            eps: the term against division by zero; 0, or finite and above 0 in single precision.
            weight_decay: the factor of weight decay; finite, at least 0.
            maximize: climb the objective: the gradients' sign is reversed when they are read.
            preserve_subnormals: store state below 2^-126 as it is, as PyTorch does, instead of as zero: such state makes x86
                CPUs many times slower.
        """
        super().__init__(locals())

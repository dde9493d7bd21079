"""The optimizers for PyTorch with dense gradients. Written by src/FastAdam.Faces: do not edit."""

from __future__ import annotations

from typing import Any, Optional, Union

import torch

from .. import _optimizers as _arrays
from ._optimizer import FusedOptimizer

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


class Adam(FusedOptimizer):
    """Adam, AdamW, AMSGrad. ``fastadam.Adam`` has the formula."""

    kind = _arrays.Adam

    def __init__(
        self,
        params: Any,
        lr: Union[float, torch.Tensor] = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        preserve_subnormals: bool = False,
        foreach: Optional[bool] = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: Optional[bool] = None,
        max_grad_norm: Optional[float] = None,
        moment_dtype: Optional[torch.dtype] = None,
        state_format: Optional[str] = None,
        min_8bit_size: int = 4096,
        master_copy: Union[str, bool, None] = None,
        stochastic_rounding: bool = False,
        seed: int = 0,
        threads: Optional[int] = None,
        executor: Optional[str] = "openmp",
    ) -> None:
        """``FusedOptimizer`` says what params and the arguments from foreach on are.

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
        super().__init__(params, locals())


class AdamW(FusedOptimizer):
    """AdamW: Adam with decoupled_weight_decay and weight_decay 1e-2 by default. ``fastadam.AdamW`` has the formula."""

    kind = _arrays.AdamW

    def __init__(
        self,
        params: Any,
        lr: Union[float, torch.Tensor] = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        preserve_subnormals: bool = False,
        foreach: Optional[bool] = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: Optional[bool] = None,
        max_grad_norm: Optional[float] = None,
        moment_dtype: Optional[torch.dtype] = None,
        state_format: Optional[str] = None,
        min_8bit_size: int = 4096,
        master_copy: Union[str, bool, None] = None,
        stochastic_rounding: bool = False,
        seed: int = 0,
        threads: Optional[int] = None,
        executor: Optional[str] = "openmp",
    ) -> None:
        """``FusedOptimizer`` says what params and the arguments from foreach on are.

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
        super().__init__(params, locals())


class NAdam(FusedOptimizer):
    """NAdam. ``fastadam.NAdam`` has the formula."""

    kind = _arrays.NAdam

    def __init__(
        self,
        params: Any,
        lr: Union[float, torch.Tensor] = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
        preserve_subnormals: bool = False,
        foreach: Optional[bool] = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: Optional[bool] = None,
        max_grad_norm: Optional[float] = None,
        moment_dtype: Optional[torch.dtype] = None,
        state_format: Optional[str] = None,
        min_8bit_size: int = 4096,
        master_copy: Union[str, bool, None] = None,
        stochastic_rounding: bool = False,
        seed: int = 0,
        threads: Optional[int] = None,
        executor: Optional[str] = "openmp",
    ) -> None:
        """``FusedOptimizer`` says what params and the arguments from foreach on are.

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
        super().__init__(params, locals())


class RAdam(FusedOptimizer):
    """RAdam. ``fastadam.RAdam`` has the formula."""

    kind = _arrays.RAdam

    def __init__(
        self,
        params: Any,
        lr: Union[float, torch.Tensor] = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
        preserve_subnormals: bool = False,
        foreach: Optional[bool] = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: Optional[bool] = None,
        max_grad_norm: Optional[float] = None,
        moment_dtype: Optional[torch.dtype] = None,
        state_format: Optional[str] = None,
        min_8bit_size: int = 4096,
        master_copy: Union[str, bool, None] = None,
        stochastic_rounding: bool = False,
        seed: int = 0,
        threads: Optional[int] = None,
        executor: Optional[str] = "openmp",
    ) -> None:
        """``FusedOptimizer`` says what params and the arguments from foreach on are.

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
        super().__init__(params, locals())


class Adamax(FusedOptimizer):
    """AdaMax. ``fastadam.Adamax`` has the formula."""

    kind = _arrays.Adamax

    def __init__(
        self,
        params: Any,
        lr: Union[float, torch.Tensor] = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
        preserve_subnormals: bool = False,
        foreach: Optional[bool] = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: Optional[bool] = None,
        max_grad_norm: Optional[float] = None,
        moment_dtype: Optional[torch.dtype] = None,
        state_format: Optional[str] = None,
        min_8bit_size: int = 4096,
        master_copy: Union[str, bool, None] = None,
        stochastic_rounding: bool = False,
        seed: int = 0,
        threads: Optional[int] = None,
        executor: Optional[str] = "openmp",
    ) -> None:
        """``FusedOptimizer`` says what params and the arguments from foreach on are.

        Args:
            lr: the step size; finite, at least 0.
            betas: the decay rates beta1, beta2; each from 0 to below 1.
            eps: the term against division by zero; 0, or finite and above 0 in single precision.
            weight_decay: the factor of weight decay; finite, at least 0.
            maximize: climb the objective: the gradients' sign is reversed when they are read.
            preserve_subnormals: store state below 2^-126 as it is, as PyTorch does, instead of as zero: such state makes x86
                CPUs many times slower.
        """
        super().__init__(params, locals())


class SGD(FusedOptimizer):
    """SGD, with momentum and Nesterov's. ``fastadam.SGD`` has the formula."""

    kind = _arrays.SGD

    def __init__(
        self,
        params: Any,
        lr: Union[float, torch.Tensor] = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        preserve_subnormals: bool = False,
        foreach: Optional[bool] = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: Optional[bool] = None,
        max_grad_norm: Optional[float] = None,
        moment_dtype: Optional[torch.dtype] = None,
        state_format: Optional[str] = None,
        min_8bit_size: int = 4096,
        master_copy: Union[str, bool, None] = None,
        stochastic_rounding: bool = False,
        seed: int = 0,
        threads: Optional[int] = None,
        executor: Optional[str] = "openmp",
    ) -> None:
        """``FusedOptimizer`` says what params and the arguments from foreach on are.

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
        super().__init__(params, locals())


class Adagrad(FusedOptimizer):
    """AdaGrad. ``fastadam.Adagrad`` has the formula."""

    kind = _arrays.Adagrad

    def __init__(
        self,
        params: Any,
        lr: Union[float, torch.Tensor] = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
        preserve_subnormals: bool = False,
        foreach: Optional[bool] = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: Optional[bool] = None,
        max_grad_norm: Optional[float] = None,
        moment_dtype: Optional[torch.dtype] = None,
        state_format: Optional[str] = None,
        min_8bit_size: int = 4096,
        master_copy: Union[str, bool, None] = None,
        stochastic_rounding: bool = False,
        seed: int = 0,
        threads: Optional[int] = None,
        executor: Optional[str] = "openmp",
    ) -> None:
        """``FusedOptimizer`` says what params and the arguments from foreach on are.

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
        super().__init__(params, locals())


class RMSprop(FusedOptimizer):
    """RMSProp. ``fastadam.RMSprop`` has the formula."""

    kind = _arrays.RMSprop

    def __init__(
        self,
        params: Any,
        lr: Union[float, torch.Tensor] = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        *,
        maximize: bool = False,
        preserve_subnormals: bool = False,
        foreach: Optional[bool] = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: Optional[bool] = None,
        max_grad_norm: Optional[float] = None,
        moment_dtype: Optional[torch.dtype] = None,
        state_format: Optional[str] = None,
        min_8bit_size: int = 4096,
        master_copy: Union[str, bool, None] = None,
        stochastic_rounding: bool = False,
        seed: int = 0,
        threads: Optional[int] = None,
        executor: Optional[str] = "openmp",
    ) -> None:
        """``FusedOptimizer`` says what params and the arguments from foreach on are.

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
        super().__init__(params, locals())


class Lion(FusedOptimizer):
    """Lion. ``fastadam.Lion`` has the formula."""

    kind = _arrays.Lion

    def __init__(
        self,
        params: Any,
        lr: Union[float, torch.Tensor] = 1e-4,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
        preserve_subnormals: bool = False,
        foreach: Optional[bool] = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: Optional[bool] = None,
        max_grad_norm: Optional[float] = None,
        moment_dtype: Optional[torch.dtype] = None,
        state_format: Optional[str] = None,
        min_8bit_size: int = 4096,
        master_copy: Union[str, bool, None] = None,
        stochastic_rounding: bool = False,
        seed: int = 0,
        threads: Optional[int] = None,
        executor: Optional[str] = "openmp",
    ) -> None:
        """``FusedOptimizer`` says what params and the arguments from foreach on are.

        Args:
            lr: the step size; finite, at least 0.
            betas: the decay rates beta1, beta2; each from 0 to below 1.
            weight_decay: the factor of weight decay; finite, at least 0.
            maximize: climb the objective: the gradients' sign is reversed when they are read.
            preserve_subnormals: store state below 2^-126 as it is, as PyTorch does, instead of as zero: such state makes x86
                CPUs many times slower.
        """
        super().__init__(params, locals())


class AdEMAMix(FusedOptimizer):
    """AdEMAMix. ``fastadam.AdEMAMix`` has the formula."""

    kind = _arrays.AdEMAMix

    def __init__(
        self,
        params: Any,
        lr: Union[float, torch.Tensor] = 1e-3,
        betas: tuple[float, float, float] = (0.9, 0.999, 0.9999),
        alpha: float = 5.0,
        beta3_warmup: float = 0.0,
        alpha_warmup: float = 0.0,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
        preserve_subnormals: bool = False,
        foreach: Optional[bool] = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: Optional[bool] = None,
        max_grad_norm: Optional[float] = None,
        moment_dtype: Optional[torch.dtype] = None,
        state_format: Optional[str] = None,
        min_8bit_size: int = 4096,
        master_copy: Union[str, bool, None] = None,
        stochastic_rounding: bool = False,
        seed: int = 0,
        threads: Optional[int] = None,
        executor: Optional[str] = "openmp",
    ) -> None:
        """``FusedOptimizer`` says what params and the arguments from foreach on are.

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
        super().__init__(params, locals())


class ADOPT(FusedOptimizer):
    """ADOPT. ``fastadam.ADOPT`` has the formula."""

    kind = _arrays.ADOPT

    def __init__(
        self,
        params: Any,
        lr: Union[float, torch.Tensor] = 1e-3,
        betas: tuple[float, float] = (0.9, 0.9999),
        eps: float = 1e-6,
        clip_exponent: float = 0.25,
        weight_decay: float = 0.0,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
        preserve_subnormals: bool = False,
        foreach: Optional[bool] = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: Optional[bool] = None,
        max_grad_norm: Optional[float] = None,
        moment_dtype: Optional[torch.dtype] = None,
        state_format: Optional[str] = None,
        min_8bit_size: int = 4096,
        master_copy: Union[str, bool, None] = None,
        stochastic_rounding: bool = False,
        seed: int = 0,
        threads: Optional[int] = None,
        executor: Optional[str] = "openmp",
    ) -> None:
        """``FusedOptimizer`` says what params and the arguments from foreach on are.

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
        super().__init__(params, locals())


class AdamWScheduleFree(FusedOptimizer):
    """Schedule-Free AdamW. ``fastadam.AdamWScheduleFree`` has the formula."""

    kind = _arrays.AdamWScheduleFree

    def __init__(
        self,
        params: Any,
        lr: Union[float, torch.Tensor] = 2.5e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        warmup_steps: float = 0.0,
        r: float = 0.0,
        weight_lr_power: float = 2.0,
        *,
        maximize: bool = False,
        preserve_subnormals: bool = False,
        foreach: Optional[bool] = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: Optional[bool] = None,
        max_grad_norm: Optional[float] = None,
        moment_dtype: Optional[torch.dtype] = None,
        state_format: Optional[str] = None,
        min_8bit_size: int = 4096,
        master_copy: Union[str, bool, None] = None,
        stochastic_rounding: bool = False,
        seed: int = 0,
        threads: Optional[int] = None,
        executor: Optional[str] = "openmp",
    ) -> None:
        """``FusedOptimizer`` says what params and the arguments from foreach on are.

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
        super().__init__(params, locals())


class Adan(FusedOptimizer):
    """Adan. ``fastadam.Adan`` has the formula."""

    kind = _arrays.Adan

    def __init__(
        self,
        params: Any,
        lr: Union[float, torch.Tensor] = 1e-3,
        betas: tuple[float, float, float] = (0.98, 0.92, 0.99),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
        preserve_subnormals: bool = False,
        no_prox: bool = False,
        foreach: Optional[bool] = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: Optional[bool] = None,
        max_grad_norm: Optional[float] = None,
        moment_dtype: Optional[torch.dtype] = None,
        state_format: Optional[str] = None,
        min_8bit_size: int = 4096,
        master_copy: Union[str, bool, None] = None,
        stochastic_rounding: bool = False,
        seed: int = 0,
        threads: Optional[int] = None,
        executor: Optional[str] = "openmp",
    ) -> None:
        """``FusedOptimizer`` says what params and the arguments from foreach on are.

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
        super().__init__(params, locals())


class Adadelta(FusedOptimizer):
    """AdaDelta. ``fastadam.Adadelta`` has the formula."""

    kind = _arrays.Adadelta

    def __init__(
        self,
        params: Any,
        lr: Union[float, torch.Tensor] = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
        preserve_subnormals: bool = False,
        foreach: Optional[bool] = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: Optional[bool] = None,
        max_grad_norm: Optional[float] = None,
        moment_dtype: Optional[torch.dtype] = None,
        state_format: Optional[str] = None,
        min_8bit_size: int = 4096,
        master_copy: Union[str, bool, None] = None,
        stochastic_rounding: bool = False,
        seed: int = 0,
        threads: Optional[int] = None,
        executor: Optional[str] = "openmp",
    ) -> None:
        """``FusedOptimizer`` says what params and the arguments from foreach on are.

        Args:
            lr: the step size; finite, at least 0.
            rho: the decay rate of the second moment; from 0 to below 1.
            eps: the term against division by zero; 0, or finite and above 0 in single precision.
            weight_decay: the factor of weight decay; finite, at least 0.
            maximize: climb the objective: the gradients' sign is reversed when they are read.
            preserve_subnormals: store state below 2^-126 as it is, as PyTorch does, instead of as zero: such state makes x86
                CPUs many times slower.
        """
        super().__init__(params, locals())

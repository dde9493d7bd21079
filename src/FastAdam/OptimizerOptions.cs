namespace FastAdam;

/// <summary>
/// The hyperparameters of one parameter group: start from a rule's defaults, such as <see cref="Adam"/> or <see cref="Sgd"/>, and
/// change single ones by <c>with { LearningRate = 3e-4 }</c>. <c>default</c> is no valid group.
/// </summary>
/// <remarks>
/// All numbers are dimensionless, are checked when a step is made, and must be finite in single precision too, in which the
/// elements are computed. What a rule does not have must stay as in its defaults.
/// </remarks>
public readonly record struct OptimizerOptions
{
    /// <summary>PyTorch's defaults for Adam: lr 1e-3, betas 0.9 and 0.999, eps 1e-8.</summary>
    public static OptimizerOptions Adam => new()
    {
        LearningRate = 1e-3,
        Beta1 = 0.9,
        Beta2 = 0.999,
        Epsilon = 1e-8,
        GradientScale = 1,
        MaxGradientValue = double.PositiveInfinity,
    };

    /// <summary>PyTorch's defaults for AdamW: as <see cref="Adam"/>, with decoupled weight decay of 1e-2.</summary>
    public static OptimizerOptions AdamW => Adam with { DecoupledWeightDecay = true, WeightDecay = 1e-2 };

    /// <summary>PyTorch's defaults for NAdam: lr 2e-3, betas 0.9 and 0.999, eps 1e-8, momentum_decay 4e-3.</summary>
    public static OptimizerOptions NAdam => Adam with { Rule = OptimizerRule.NAdam, LearningRate = 2e-3, MomentumDecay = 4e-3 };

    /// <summary>PyTorch's defaults for RAdam: those of <see cref="Adam"/>.</summary>
    public static OptimizerOptions RAdam => Adam with { Rule = OptimizerRule.RAdam };

    /// <summary>PyTorch's defaults for Adamax: lr 2e-3, betas 0.9 and 0.999, eps 1e-8.</summary>
    public static OptimizerOptions AdaMax => Adam with { Rule = OptimizerRule.AdaMax, LearningRate = 2e-3 };

    /// <summary>PyTorch's defaults for SGD: lr 1e-3, no momentum.</summary>
    public static OptimizerOptions Sgd => new()
    {
        Rule = OptimizerRule.Sgd,
        LearningRate = 1e-3,
        GradientScale = 1,
        MaxGradientValue = double.PositiveInfinity,
    };

    /// <summary>PyTorch's defaults for Adagrad: lr 1e-2, eps 1e-10, lr_decay 0.</summary>
    public static OptimizerOptions AdaGrad => Sgd with { Rule = OptimizerRule.AdaGrad, LearningRate = 1e-2, Epsilon = 1e-10 };

    /// <summary>PyTorch's defaults for RMSprop: lr 1e-2, alpha (<see cref="Beta2"/>) 0.99, eps 1e-8, no momentum, not
    /// centered.</summary>
    public static OptimizerOptions RmsProp =>
        Sgd with { Rule = OptimizerRule.RmsProp, LearningRate = 1e-2, Beta2 = 0.99, Epsilon = 1e-8 };

    /// <summary>The paper's defaults for Lion: lr 1e-4, betas 0.9 and 0.99, decoupled weight decay (of 0).</summary>
    public static OptimizerOptions Lion =>
        Sgd with { Rule = OptimizerRule.Lion, LearningRate = 1e-4, Beta1 = 0.9, Beta2 = 0.99, DecoupledWeightDecay = true };

    /// <summary>The optimizer.</summary>
    public OptimizerRule Rule { get; init; }

    /// <summary>lr, the step size: at least 0.</summary>
    public double LearningRate { get; init; }

    /// <summary>beta1, the decay rate of the first moment: from 0 to below 1. Adam, NAdam, RAdam, AdaMax, Lion.</summary>
    public double Beta1 { get; init; }

    /// <summary>beta2, the decay rate of the second moment, and RMSProp's alpha: from 0 to below 1. All but Sgd and
    /// AdaGrad.</summary>
    public double Beta2 { get; init; }

    /// <summary>eps, the term against division by zero: at least 0. All but Sgd and Lion.</summary>
    public double Epsilon { get; init; }

    /// <summary>weight_decay: at least 0.</summary>
    public double WeightDecay { get; init; }

    /// <summary>
    /// True: the parameters shrink by the factor 1 - lr * weight_decay before the update. False: weight_decay * parameter is
    /// added to the gradient. Adam, NAdam, RAdam, Lion; the others have the latter only, as in PyTorch.
    /// </summary>
    public bool DecoupledWeightDecay { get; init; }

    /// <summary>True for AMSGrad: Adam divides by the root of the largest second moment so far.</summary>
    public bool AmsGrad { get; init; }

    /// <summary>momentum: at least 0. Sgd, RmsProp.</summary>
    public double Momentum { get; init; }

    /// <summary>dampening: what the gradients are weakened by on their way into the momentum buffer. Sgd with momentum.</summary>
    public double Dampening { get; init; }

    /// <summary>True for Nesterov's momentum. Sgd with momentum and without dampening.</summary>
    public bool Nesterov { get; init; }

    /// <summary>True to divide by the standard deviation instead of the root mean square. RmsProp.</summary>
    public bool Centered { get; init; }

    /// <summary>lr_decay: at least 0. AdaGrad.</summary>
    public double LearningRateDecay { get; init; }

    /// <summary>momentum_decay: at least 0. NAdam.</summary>
    public double MomentumDecay { get; init; }

    /// <summary>
    /// What the gradients are divided by when they are read, as PyTorch's grad_scale: the factor by which the loss was scaled.
    /// Above 0. The gradients in memory stay as they are.
    /// </summary>
    public double GradientScale { get; init; }

    /// <summary>
    /// Clipping by value: what the elements of the gradients are limited to, in magnitude, after
    /// <see cref="GradientScale"/> and <see cref="StepOptions.MaxGradientNorm"/>. Above 0; infinity for none.
    /// </summary>
    public double MaxGradientValue { get; init; }

    /// <summary>True to climb the objective: the gradients' sign is reversed when they are read.</summary>
    public bool Maximize { get; init; }

    /// <summary>What becomes of state too small for a normal single-precision number. Default
    /// <see cref="Subnormals.Flush"/>.</summary>
    public Subnormals Subnormals { get; init; }
}

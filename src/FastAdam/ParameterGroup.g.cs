// Written by src/FastAdam.Faces from the rules' descriptions: do not edit.
using FastAdam.Rules;

namespace FastAdam;

public readonly partial struct ParameterGroup
{
    /// <summary>The defaults for Adam, AdamW, AMSGrad: lr 1e-3, beta1 0.9, beta2 0.999, eps 1e-8.</summary>
    public static ParameterGroup Adam => new(AdamRule.Description.Defaults());

    /// <summary>The defaults for AdamW: as <see cref="Adam"/>, with decoupled_weight_decay and weight_decay 1e-2.</summary>
    public static ParameterGroup AdamW => Adam with { DecoupledWeightDecay = true, WeightDecay = 1e-2 };

    /// <summary>The defaults for NAdam: lr 2e-3, beta1 0.9, beta2 0.999, eps 1e-8, momentum_decay 4e-3.</summary>
    public static ParameterGroup NAdam => new(NAdamRule.Description.Defaults());

    /// <summary>The defaults for RAdam: lr 1e-3, beta1 0.9, beta2 0.999, eps 1e-8.</summary>
    public static ParameterGroup RAdam => new(RAdamRule.Description.Defaults());

    /// <summary>The defaults for AdaMax: lr 2e-3, beta1 0.9, beta2 0.999, eps 1e-8.</summary>
    public static ParameterGroup AdaMax => new(AdaMaxRule.Description.Defaults());

    /// <summary>The defaults for SGD, with momentum and Nesterov's: lr 1e-3.</summary>
    public static ParameterGroup Sgd => new(SgdRule.Description.Defaults());

    /// <summary>The defaults for AdaGrad: lr 1e-2, eps 1e-10.</summary>
    public static ParameterGroup AdaGrad => new(AdaGradRule.Description.Defaults());

    /// <summary>The defaults for RMSProp: lr 1e-2, beta2 0.99, eps 1e-8.</summary>
    public static ParameterGroup RmsProp => new(RmsPropRule.Description.Defaults());

    /// <summary>The defaults for Lion: lr 1e-4, beta1 0.9, beta2 0.99, decoupled_weight_decay.</summary>
    public static ParameterGroup Lion => new(LionRule.Description.Defaults());

    /// <summary>The defaults for AdEMAMix: lr 1e-3, beta1 0.9, beta2 0.999, eps 1e-8, beta3 0.9999, alpha 5,
    /// decoupled_weight_decay.</summary>
    public static ParameterGroup AdEmaMix => new(AdEmaMixRule.Description.Defaults());

    /// <summary>The defaults for ADOPT: lr 1e-3, beta1 0.9, beta2 0.9999, eps 1e-6, clip_exponent 0.25.</summary>
    public static ParameterGroup Adopt => new(AdoptRule.Description.Defaults());

    /// <summary>The defaults for Schedule-Free AdamW: lr 2.5e-3, beta1 0.9, beta2 0.999, eps 1e-8, weight_lr_power 2.</summary>
    public static ParameterGroup ScheduleFree => new(ScheduleFreeRule.Description.Defaults());

    /// <summary>The defaults for Adan: lr 1e-3, beta1 0.98, beta2 0.92, beta3 0.99, eps 1e-8.</summary>
    public static ParameterGroup Adan => new(AdanRule.Description.Defaults());

    /// <summary>The defaults for AdaDelta: lr 1, beta2 0.9, eps 1e-6.</summary>
    public static ParameterGroup AdaDelta => new(AdaDeltaRule.Description.Defaults());

    /// <summary>lr, the step size: finite, at least 0. Every rule.</summary>
    public double LearningRate
    {
        get => Values[Hyperparameter.LearningRate];
        init => Values = Values.With(Hyperparameter.LearningRate, value);
    }

    /// <summary>beta1, the decay rate of the first moment: from 0 to below 1; of ScheduleFree above 0 and below 1, twice its
    /// inverse finite in single precision. Adam, NAdam, RAdam, AdaMax, Lion, AdEmaMix, Adopt, ScheduleFree, Adan.</summary>
    public double Beta1
    {
        get => Values[Hyperparameter.Beta1];
        init => Values = Values.With(Hyperparameter.Beta1, value);
    }

    /// <summary>beta2, the decay rate of the second moment: from 0 to below 1. Adam, NAdam, RAdam, AdaMax, RmsProp, Lion,
    /// AdEmaMix, Adopt, ScheduleFree, Adan, AdaDelta.</summary>
    public double Beta2
    {
        get => Values[Hyperparameter.Beta2];
        init => Values = Values.With(Hyperparameter.Beta2, value);
    }

    /// <summary>eps, the term against division by zero: 0, or finite and above 0 in single precision. Adam, NAdam, RAdam, AdaMax,
    /// AdaGrad, RmsProp, AdEmaMix, Adopt, ScheduleFree, Adan, AdaDelta.</summary>
    public double Epsilon
    {
        get => Values[Hyperparameter.Epsilon];
        init => Values = Values.With(Hyperparameter.Epsilon, value);
    }

    /// <summary>weight_decay, the factor of weight decay: finite, at least 0. Every rule.</summary>
    public double WeightDecay
    {
        get => Values[Hyperparameter.WeightDecay];
        init => Values = Values.With(Hyperparameter.WeightDecay, value);
    }

    /// <summary>grad_scale, what the gradients are divided by when they are read: the factor by which the loss was scaled: finite
    /// and above 0 in single precision, 1 by default. Every rule.</summary>
    public double GradientScale
    {
        get => Values[Hyperparameter.GradientScale];
        init => Values = Values.With(Hyperparameter.GradientScale, value);
    }

    /// <summary>max_grad_value, clipping by value: what the elements of the gradients are limited to in magnitude, after
    /// grad_scale and clipping by norm: above 0 in single precision, infinity by default. Every rule.</summary>
    public double MaxGradientValue
    {
        get => Values[Hyperparameter.MaxGradientValue];
        init => Values = Values.With(Hyperparameter.MaxGradientValue, value);
    }

    /// <summary>momentum, the factor of the momentum buffer: finite, at least 0. Sgd, RmsProp.</summary>
    public double Momentum
    {
        get => Values[Hyperparameter.Momentum];
        init => Values = Values.With(Hyperparameter.Momentum, value);
    }

    /// <summary>dampening, what the gradients are weakened by on their way into the momentum buffer: finite. Sgd.</summary>
    public double Dampening
    {
        get => Values[Hyperparameter.Dampening];
        init => Values = Values.With(Hyperparameter.Dampening, value);
    }

    /// <summary>lr_decay, the decay of the learning rate with the number of steps: finite, at least 0. AdaGrad.</summary>
    public double LearningRateDecay
    {
        get => Values[Hyperparameter.LearningRateDecay];
        init => Values = Values.With(Hyperparameter.LearningRateDecay, value);
    }

    /// <summary>momentum_decay, the decay of the momentum with the number of steps: finite, at least 0. NAdam.</summary>
    public double MomentumDecay
    {
        get => Values[Hyperparameter.MomentumDecay];
        init => Values = Values.With(Hyperparameter.MomentumDecay, value);
    }

    /// <summary>beta3, the decay rate of the slow first moment, or Adan's of the second moment: from 0 to below 1. AdEmaMix,
    /// Adan.</summary>
    public double Beta3
    {
        get => Values[Hyperparameter.Beta3];
        init => Values = Values.With(Hyperparameter.Beta3, value);
    }

    /// <summary>alpha, the weight of the slow first moment: finite, at least 0. AdEmaMix.</summary>
    public double Alpha
    {
        get => Values[Hyperparameter.Alpha];
        init => Values = Values.With(Hyperparameter.Alpha, value);
    }

    /// <summary>alpha_warmup, the steps in which alpha grows from 0: finite, at least 0. AdEmaMix.</summary>
    public double AlphaWarmup
    {
        get => Values[Hyperparameter.AlphaWarmup];
        init => Values = Values.With(Hyperparameter.AlphaWarmup, value);
    }

    /// <summary>beta3_warmup, the steps in which beta3 grows from beta1: finite, at least 0. AdEmaMix.</summary>
    public double Beta3Warmup
    {
        get => Values[Hyperparameter.Beta3Warmup];
        init => Values = Values.With(Hyperparameter.Beta3Warmup, value);
    }

    /// <summary>clip_exponent, normalized gradients are limited to (step - 1)^clip_exponent in magnitude, by infinity not at all:
    /// finite and at least 0, or infinity. Adopt.</summary>
    public double ClipExponent
    {
        get => Values[Hyperparameter.ClipExponent];
        init => Values = Values.With(Hyperparameter.ClipExponent, value);
    }

    /// <summary>warmup_steps, the steps in which the learning rate grows from 0: finite, at least 0. ScheduleFree.</summary>
    public double WarmupSteps
    {
        get => Values[Hyperparameter.WarmupSteps];
        init => Values = Values.With(Hyperparameter.WarmupSteps, value);
    }

    /// <summary>r, a step weighs step^r in the average: finite, at least 0. ScheduleFree.</summary>
    public double StepExponent
    {
        get => Values[Hyperparameter.StepExponent];
        init => Values = Values.With(Hyperparameter.StepExponent, value);
    }

    /// <summary>weight_lr_power, a step weighs the largest learning rate so far to this power in the average: finite, at least 0.
    /// ScheduleFree.</summary>
    public double RateExponent
    {
        get => Values[Hyperparameter.RateExponent];
        init => Values = Values.With(Hyperparameter.RateExponent, value);
    }

    /// <summary>True: the parameters shrink by the factor 1 - lr * weight_decay before the update; else weight_decay * parameter
    /// is added to the gradient. Adam, NAdam, RAdam, Lion, AdEmaMix, Adopt.</summary>
    public bool DecoupledWeightDecay
    {
        get => Values.Has(GroupFlags.DecoupledWeightDecay);
        init => Values = Values.With(GroupFlags.DecoupledWeightDecay, value);
    }

    /// <summary>True: climb the objective: the gradients' sign is reversed when they are read. Every rule.</summary>
    public bool Maximize
    {
        get => Values.Has(GroupFlags.Maximize);
        init => Values = Values.With(GroupFlags.Maximize, value);
    }

    /// <summary>True: divide by the root of the largest second moment so far. Adam.</summary>
    public bool AmsGrad
    {
        get => Values.Has(GroupFlags.AmsGrad);
        init => Values = Values.With(GroupFlags.AmsGrad, value);
    }

    /// <summary>True: Nesterov's momentum. Sgd.</summary>
    public bool Nesterov
    {
        get => Values.Has(GroupFlags.Nesterov);
        init => Values = Values.With(GroupFlags.Nesterov, value);
    }

    /// <summary>True: divide by the standard deviation instead of the root mean square. RmsProp.</summary>
    public bool Centered
    {
        get => Values.Has(GroupFlags.Centered);
        init => Values = Values.With(GroupFlags.Centered, value);
    }

    /// <summary>True: decoupled weight decay as AdamW's instead of the proximal step. Adan.</summary>
    public bool NoProx
    {
        get => Values.Has(GroupFlags.NoProx);
        init => Values = Values.With(GroupFlags.NoProx, value);
    }
}

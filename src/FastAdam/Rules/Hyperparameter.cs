namespace FastAdam.Rules;

/// <summary>The numbers of a parameter group, in the order in which they lie in it. New ones come last: C programs that were compiled
/// before have a shorter group.</summary>
internal enum Hyperparameter
{
    LearningRate,
    Beta1,
    Beta2,
    Epsilon,
    WeightDecay,
    GradientScale,
    MaxGradientValue,
    Momentum,
    Dampening,
    LearningRateDecay,
    MomentumDecay,
    Beta3,
    Alpha,
    AlphaWarmup,
    Beta3Warmup,
    ClipExponent,
    WarmupSteps,
    StepExponent,
    RateExponent,

    /// <summary>Not one of them: how many there are.</summary>
    Count,
}

/// <summary>The options of a parameter group that are on or off. A bit has the same meaning for every rule.</summary>
[Flags]
internal enum GroupFlags : ulong
{
    None = 0,
    DecoupledWeightDecay = 1 << 0,
    Maximize = 1 << 1,
    AmsGrad = 1 << 2,
    PreserveSubnormals = 1 << 3,
    Nesterov = 1 << 4,
    Centered = 1 << 5,
    NoProx = 1 << 6,

    /// <summary>SparseAdam's: epsilon is added to the root as it is. No group of a caller has it.</summary>
    EpsilonBesideRoot = 1UL << 63,
}

/// <summary>Which values of a hyperparameter are valid.</summary>
internal enum ValidRange
{
    /// <summary>At least 0, and finite in single precision.</summary>
    NotNegative,

    /// <summary>At least 0 and below 1.</summary>
    DecayRate,

    /// <summary>Finite in single precision.</summary>
    Finite,

    /// <summary>0, or above 0 in single precision, and finite there: what single precision would round to 0 would be no number against
    /// division by zero.</summary>
    NotVanishing,

    /// <summary>Above 0 and finite, both in single precision.</summary>
    Positive,

    /// <summary>Above 0 in single precision. Infinity is valid.</summary>
    PositiveOrInfinite,

    /// <summary>At least 0, and finite in single precision, or infinity.</summary>
    NotNegativeOrInfinite,

    /// <summary>Above 0 and below 1. Twice its inverse is finite in single precision.</summary>
    DecayRateAbove0,
}

/// <summary>A hyperparameter that is a number.</summary>
/// <param name="Name">Its name in C#. In C it is the torch name.</param>
/// <param name="TorchName">PyTorch's name, in C and in Python.</param>
/// <param name="Range">Which values are valid where a rule has it.</param>
/// <param name="Meaning">What it is, in one sentence without its end.</param>
internal sealed record HyperparameterDescription(string Name, string TorchName, ValidRange Range, string Meaning);

/// <summary>A hyperparameter that is on or off.</summary>
/// <param name="Flag">Its bit.</param>
/// <param name="Name">Its name in C#.</param>
/// <param name="TorchName">PyTorch's name, in Python; in capitals in C.</param>
/// <param name="Meaning">What it does where it is on, in one sentence without its end.</param>
internal sealed record FlagDescription(GroupFlags Flag, string Name, string TorchName, string Meaning);

/// <summary>All hyperparameters. What they are is said here, and nowhere else.</summary>
internal static class Hyperparameters
{
    /// <summary>Those that every rule has.</summary>
    public static readonly Hyperparameter[] OfEveryRule =
        [Hyperparameter.LearningRate, Hyperparameter.WeightDecay, Hyperparameter.GradientScale, Hyperparameter.MaxGradientValue];

    /// <summary>Flags that every rule has.</summary>
    public const GroupFlags FlagsOfEveryRule = GroupFlags.Maximize | GroupFlags.PreserveSubnormals;

    /// <summary>By <see cref="Hyperparameter"/>.</summary>
    public static readonly HyperparameterDescription[] Numbers =
    [
        new("LearningRate", "lr", ValidRange.NotNegative, "the step size"),
        new("Beta1", "beta1", ValidRange.DecayRate, "the decay rate of the first moment"),
        new("Beta2", "beta2", ValidRange.DecayRate, "the decay rate of the second moment"),
        new("Epsilon", "eps", ValidRange.NotVanishing, "the term against division by zero"),
        new("WeightDecay", "weight_decay", ValidRange.NotNegative, "the factor of weight decay"),
        new(
            "GradientScale",
            "grad_scale",
            ValidRange.Positive,
            "what the gradients are divided by when they are read: the factor by which the loss was scaled"),
        new(
            "MaxGradientValue",
            "max_grad_value",
            ValidRange.PositiveOrInfinite,
            "clipping by value: what the elements of the gradients are limited to in magnitude, after grad_scale and clipping by norm"),
        new("Momentum", "momentum", ValidRange.NotNegative, "the factor of the momentum buffer"),
        new(
            "Dampening",
            "dampening",
            ValidRange.Finite,
            "what the gradients are weakened by on their way into the momentum buffer"),
        new("LearningRateDecay", "lr_decay", ValidRange.NotNegative, "the decay of the learning rate with the number of steps"),
        new("MomentumDecay", "momentum_decay", ValidRange.NotNegative, "the decay of the momentum with the number of steps"),
        new("Beta3", "beta3", ValidRange.DecayRate, "the decay rate of the slow first moment, or Adan's of the second moment"),
        new("Alpha", "alpha", ValidRange.NotNegative, "the weight of the slow first moment"),
        new("AlphaWarmup", "alpha_warmup", ValidRange.NotNegative, "the steps in which alpha grows from 0"),
        new("Beta3Warmup", "beta3_warmup", ValidRange.NotNegative, "the steps in which beta3 grows from beta1"),
        new(
            "ClipExponent",
            "clip_exponent",
            ValidRange.NotNegativeOrInfinite,
            "normalized gradients are limited to (step - 1)^clip_exponent in magnitude, by infinity not at all"),
        new("WarmupSteps", "warmup_steps", ValidRange.NotNegative, "the steps in which the learning rate grows from 0"),
        new("StepExponent", "r", ValidRange.NotNegative, "a step weighs step^r in the average"),
        new(
            "RateExponent",
            "weight_lr_power",
            ValidRange.NotNegative,
            "a step weighs the largest learning rate so far to this power in the average"),
    ];

    /// <summary>Those that a caller can set.</summary>
    public static readonly FlagDescription[] Flags =
    [
        new(
            GroupFlags.DecoupledWeightDecay,
            "DecoupledWeightDecay",
            "decoupled_weight_decay",
            "the parameters shrink by the factor 1 - lr * weight_decay before the update; else weight_decay * parameter is added to the gradient"),
        new(GroupFlags.Maximize, "Maximize", "maximize", "climb the objective: the gradients' sign is reversed when they are read"),
        new(GroupFlags.AmsGrad, "AmsGrad", "amsgrad", "divide by the root of the largest second moment so far"),
        new(
            GroupFlags.PreserveSubnormals,
            "PreserveSubnormals",
            "preserve_subnormals",
            "store state below 2^-126 as it is, as PyTorch does, instead of as zero: such state makes x86 CPUs many times slower"),
        new(GroupFlags.Nesterov, "Nesterov", "nesterov", "Nesterov's momentum"),
        new(GroupFlags.Centered, "Centered", "centered", "divide by the standard deviation instead of the root mean square"),
        new(GroupFlags.NoProx, "NoProx", "no_prox", "decoupled weight decay as AdamW's instead of the proximal step"),
    ];
}

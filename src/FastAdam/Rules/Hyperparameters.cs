namespace FastAdam.Rules;

/// <summary>What a step is computed from, for every rule; each takes what it knows. In double, as the user gave them.</summary>
internal readonly record struct Hyperparameters
{
    public RuleKind Rule { get; init; }

    public double LearningRate { get; init; }

    /// <summary>Decay rate of the first moment.</summary>
    public double Beta1 { get; init; }

    /// <summary>Decay rate of the second moment; RMSProp's alpha.</summary>
    public double Beta2 { get; init; }

    public double Epsilon { get; init; }

    public double WeightDecay { get; init; }

    public bool DecoupledWeightDecay { get; init; }

    public double Momentum { get; init; }

    public double Dampening { get; init; }

    public bool Nesterov { get; init; }

    /// <summary>AdaGrad's lr_decay.</summary>
    public double LearningRateDecay { get; init; }

    /// <summary>NAdam's momentum_decay.</summary>
    public double MomentumDecay { get; init; }

    /// <summary>Whether epsilon is added to the root as it is, and the bias corrections stand in the step size: SparseAdam.</summary>
    public bool EpsilonBesideRoot { get; init; }

    /// <summary>What the gradients are divided by.</summary>
    public double GradientScale { get; init; }

    /// <summary>The largest magnitude of a gradient's element; infinity where they are not clipped.</summary>
    public double ClipValue { get; init; }

    public bool Maximize { get; init; }

    public bool PreserveSubnormals { get; init; }
}

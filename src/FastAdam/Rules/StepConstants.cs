using System.Runtime.CompilerServices;

namespace FastAdam.Rules;

/// <summary>What every element's update of one step shares: computed once per step, in double, then rounded to float.</summary>
internal struct StepConstants
{
    /// <summary>The rule's own numbers.</summary>
    public Coefficients Coefficients;

    /// <param name="hyperparameters">What holds for every rule.</param>
    /// <param name="coefficients">What the rule computed.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public StepConstants(in Hyperparameters hyperparameters, in Coefficients coefficients)
    {
        Coefficients = coefficients;
        GradientScale = (float)hyperparameters.GradientScale;
        ClipValue = (float)hyperparameters.ClipValue;
        Maximize = hyperparameters.Maximize;
        PreserveSubnormals = hyperparameters.PreserveSubnormals;
        HasL2 = !hyperparameters.DecoupledWeightDecay && hyperparameters.WeightDecay != 0;
        L2 = (float)hyperparameters.WeightDecay;
        ParameterDecay = hyperparameters.DecoupledWeightDecay
            ? (float)Math.FusedMultiplyAdd(-hyperparameters.LearningRate, hyperparameters.WeightDecay, 1)
            : 1;
    }

    /// <summary>What the gradients are divided by.</summary>
    public float GradientScale { get; }

    /// <summary>What they are multiplied by then: the coefficient of clipping by their norm.</summary>
    public float ClipCoefficient { get; init; } = 1;

    /// <summary>The largest magnitude that is left of them then.</summary>
    public float ClipValue { get; }

    public bool Maximize { get; }

    public bool PreserveSubnormals { get; }

    /// <summary>Whether wd * p joins the gradients.</summary>
    public bool HasL2 { get; }

    /// <summary>wd.</summary>
    public float L2 { get; }

    /// <summary>Whether the gradients that a rule sees are others than those in memory.</summary>
    public readonly bool ChangesGradients
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => GradientScale != 1 || ClipCoefficient != 1 || !float.IsPositiveInfinity(ClipValue) || Maximize || HasL2;
    }

    /// <summary>dec = 1 - lr * wd with decoupled weight decay, else 1.</summary>
    public float ParameterDecay { get; }
}

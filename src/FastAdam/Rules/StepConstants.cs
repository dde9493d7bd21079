using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Rules;

/// <summary>What every element's update of one step shares: computed once per step, in double, then rounded to float.</summary>
internal struct StepConstants
{
    /// <summary>The smallest normal number of single precision.</summary>
    private const double SmallestNormal = 1.0 / (1UL << 63) / (1UL << 63);

    /// <summary>The rule's own numbers.</summary>
    public Coefficients Coefficients;

    /// <param name="group">What holds for every rule.</param>
    /// <param name="coefficients">What the rule computed.</param>
    /// <param name="parameterDecay">What the parameters are multiplied by before the update.</param>
    /// <param name="hasOwnWeightDecay">Whether weight decay never joins the gradients.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public StepConstants(in GroupValues group, in Coefficients coefficients, double parameterDecay, bool hasOwnWeightDecay)
    {
        double weightDecay = group[Hyperparameter.WeightDecay];
        Coefficients = coefficients;
        GradientScale = (float)group[Hyperparameter.GradientScale];
        ClipValue = (float)group[Hyperparameter.MaxGradientValue];
        Maximize = group.Has(GroupFlags.Maximize);
        PreserveSubnormals = group.Has(GroupFlags.PreserveSubnormals);
        HasL2 = !hasOwnWeightDecay && !group.Has(GroupFlags.DecoupledWeightDecay) && weightDecay != 0;
        L2 = (float)weightDecay;
        ParameterDecay = (float)parameterDecay;
    }

    /// <summary>What the gradients are divided by.</summary>
    public float GradientScale { get; private set; }

    /// <summary>What they are multiplied by then: the coefficient of clipping by their norm.</summary>
    public float ClipCoefficient { get; private set; } = 1;

    /// <summary>The largest magnitude that is left of them then.</summary>
    public float ClipValue { get; }

    public bool Maximize { get; }

    public bool PreserveSubnormals { get; }

    /// <summary>True where wd * p joins the gradients.</summary>
    public bool HasL2 { get; }

    /// <summary>wd.</summary>
    public float L2 { get; }

    /// <summary>True where the gradients that a rule sees are others than those in memory.</summary>
    public readonly bool ChangesGradients
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => GradientScale != 1 || ClipCoefficient != 1 || !float.IsPositiveInfinity(ClipValue) || Maximize || HasL2;
    }

    /// <summary>dec: 1 - lr * wd with decoupled weight decay, unless the rule has another, else 1.</summary>
    public float ParameterDecay { get; }

    /// <summary>What random rounding depends on, but for the tensor and the array.</summary>
    public RandomStream Random { get; private set; }

    /// <summary>Says what random rounding depends on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SetRandom(ulong seed, long step) =>
        Random = new RandomStream((uint)seed, (uint)(seed >> 32) ^ (uint)(step >> 32), (uint)step, 0, 0);

    /// <summary>Clips by norm: the gradients are multiplied by the coefficient after they were divided by their scale.</summary>
    /// <remarks>A coefficient that single precision has no normal number for would lose bits. Its power of two joins the scale then, by
    /// which the quotients have the same bits in other places.</remarks>
    /// <param name="coefficient">From 0 to 1, or NaN.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Clip(double coefficient)
    {
        while (coefficient is < SmallestNormal and > 0 && float.IsFinite(GradientScale * 2))
        {
            coefficient *= 2;
            GradientScale *= 2;
        }

        ClipCoefficient = (float)coefficient;
    }
}

using System.Runtime.CompilerServices;

namespace FastAdam.Rules;

/// <summary>
/// What every element's Adam or AdamW update of one step shares: computed once per step, in double, then rounded to float.
/// </summary>
internal readonly struct AdamConstants
{
    /// <summary>What does not depend on the step; <see cref="At"/> adds the rest.</summary>
    /// <param name="learningRate">lr.</param>
    /// <param name="beta1">Decay rate of the first moment.</param>
    /// <param name="beta2">Decay rate of the second moment.</param>
    /// <param name="epsilon">eps.</param>
    /// <param name="weightDecay">wd.</param>
    /// <param name="decoupledWeightDecay">Whether wd shrinks the parameters (AdamW) or joins the gradients (Adam with L2).</param>
    /// <param name="gradientScale">What the gradients are divided by.</param>
    /// <param name="maximize">Whether to climb instead of to descend.</param>
    /// <param name="preserveSubnormals">Whether moments below 2^-126 in magnitude are kept instead of stored as zero.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public AdamConstants(
        double learningRate,
        double beta1,
        double beta2,
        double epsilon,
        double weightDecay,
        bool decoupledWeightDecay,
        double gradientScale,
        bool maximize,
        bool preserveSubnormals)
    {
        // 1 - beta in double, then rounded: 1f - 0.999f is off by 4.7e-5.
        GradientWeight1 = (float)(1 - beta1);
        GradientWeight2 = (float)(1 - beta2);
        Beta2 = (float)beta2;
        Epsilon = (float)epsilon;
        ParameterDecay = decoupledWeightDecay ? (float)Math.FusedMultiplyAdd(-learningRate, weightDecay, 1) : 1;
        HasL2 = !decoupledWeightDecay && weightDecay != 0;
        L2 = (float)weightDecay;
        GradientScale = (float)gradientScale;
        Maximize = maximize;
        PreserveSubnormals = preserveSubnormals;
    }

    /// <summary>The constants of one step.</summary>
    /// <param name="learningRate">lr.</param>
    /// <param name="beta1Power">beta1^t, with t the step, from 1.</param>
    /// <param name="beta2Power">beta2^t.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public AdamConstants At(double learningRate, double beta1Power, double beta2Power) => this with
    {
        NegativeStepSize = -(float)(learningRate / (1 - beta1Power)),
        SqrtBiasCorrection2 = (float)Math.Sqrt(1 - beta2Power),
    };

    /// <summary>ss = -(lr / (1 - beta1^t)).</summary>
    public float NegativeStepSize { get; private init; }

    /// <summary>sq = sqrt(1 - beta2^t).</summary>
    public float SqrtBiasCorrection2 { get; private init; }

    /// <summary>w = 1 - beta1.</summary>
    public float GradientWeight1 { get; }

    /// <summary>c = 1 - beta2.</summary>
    public float GradientWeight2 { get; }

    public float Beta2 { get; }

    public float Epsilon { get; }

    /// <summary>dec = 1 - lr * wd with decoupled weight decay, else 1.</summary>
    public float ParameterDecay { get; }

    /// <summary>Whether wd * p joins the gradients.</summary>
    public bool HasL2 { get; }

    /// <summary>wd.</summary>
    public float L2 { get; }

    public float GradientScale { get; }

    public bool Maximize { get; }

    public bool PreserveSubnormals { get; }
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FastAdam.Native;

/// <summary>fastadam_group.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly unsafe struct NativeGroup
{
    public readonly uint StructSize;
    public readonly OptimizerRule Rule;
    public readonly NativeFlags Flags;
    public readonly uint Reserved;
    public readonly double LearningRate;
    public readonly double Beta1;
    public readonly double Beta2;
    public readonly double Epsilon;
    public readonly double WeightDecay;
    public readonly double Momentum;
    public readonly double Dampening;
    public readonly double LearningRateDecay;
    public readonly double MomentumDecay;
    public readonly double GradientScale;
    public readonly double MaxGradientValue;

    /// <summary>The group of Adam's that a call without groups has.</summary>
    public NativeGroup(in NativeOptions options)
    {
        StructSize = (uint)sizeof(NativeGroup);
        Flags = options.Flags;
        LearningRate = options.LearningRate;
        Beta1 = options.Beta1;
        Beta2 = options.Beta2;
        Epsilon = options.Epsilon;
        WeightDecay = options.WeightDecay;
        GradientScale = options.GradientScale;
        MaxGradientValue = double.PositiveInfinity;
    }

    public Status Check() =>
        StructSize != sizeof(NativeGroup) ? Status.StructSize
        : (Flags & ~NativeFlags.OfGroup) != 0 || Reserved != 0 ? Status.Flags
        : Status.Ok;

    // Options are compared by their bytes, and optimised code would leave those between the fields undefined.
    [MethodImpl(MethodImplOptions.NoOptimization)]
    public OptimizerOptions ToManaged() => new()
    {
        Rule = Rule,
        LearningRate = LearningRate,
        Beta1 = Beta1,
        Beta2 = Beta2,
        Epsilon = Epsilon,
        WeightDecay = WeightDecay,
        DecoupledWeightDecay = Flags.HasFlag(NativeFlags.DecoupledWeightDecay),
        AmsGrad = Flags.HasFlag(NativeFlags.AmsGrad),
        Momentum = Momentum,
        Dampening = Dampening,
        Nesterov = Flags.HasFlag(NativeFlags.Nesterov),
        Centered = Flags.HasFlag(NativeFlags.Centered),
        LearningRateDecay = LearningRateDecay,
        MomentumDecay = MomentumDecay,
        GradientScale = GradientScale,
        MaxGradientValue = MaxGradientValue,
        Maximize = Flags.HasFlag(NativeFlags.Maximize),
        Subnormals = Flags.HasFlag(NativeFlags.PreserveSubnormals) ? Subnormals.Preserve : Subnormals.Flush,
    };
}

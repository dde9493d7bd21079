using System.Runtime.InteropServices;

namespace FastAdam.Native;

/// <summary>fastadam_options.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly unsafe struct NativeOptions
{
    public readonly uint StructSize;
    public readonly NativeFlags Flags;
    public readonly double LearningRate;
    public readonly double Beta1;
    public readonly double Beta2;
    public readonly double Epsilon;
    public readonly double WeightDecay;
    public readonly int Threads;
    public readonly uint Reserved;
    public readonly double GradientScale;

    public static Status Check(NativeOptions* options) =>
        options == null ? Status.Null
        : options->StructSize != sizeof(NativeOptions) ? Status.StructSize
        : (options->Flags & ~NativeFlags.OfOptions) != 0 || options->Reserved != 0 ? Status.Flags
        : options->Threads < 0 ? Status.Threads
        : Status.Ok;

    public AdamOptions ToManaged() => new()
    {
        LearningRate = LearningRate,
        Beta1 = Beta1,
        Beta2 = Beta2,
        Epsilon = Epsilon,
        WeightDecay = WeightDecay,
        DecoupledWeightDecay = Flags.HasFlag(NativeFlags.DecoupledWeightDecay),
        GradientScale = GradientScale,
        Maximize = Flags.HasFlag(NativeFlags.Maximize),
        Subnormals = Flags.HasFlag(NativeFlags.PreserveSubnormals) ? Subnormals.Preserve : Subnormals.Flush,
        Threads = Threads,
    };
}

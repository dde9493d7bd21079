using System.Runtime.InteropServices;

namespace FastAdam.Native;

/// <summary>fastadam_options.flags.</summary>
[Flags]
internal enum NativeFlags : uint
{
    DecoupledWeightDecay = 1 << 0,
    Maximize = 1 << 1,
    AmsGrad = 1 << 2,
    PreserveSubnormals = 1 << 3,

    All = DecoupledWeightDecay | Maximize | AmsGrad | PreserveSubnormals,
}

/// <summary>fastadam_options.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct NativeOptions
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
}

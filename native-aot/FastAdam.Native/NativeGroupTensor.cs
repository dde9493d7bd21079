using System.Runtime.InteropServices;

namespace FastAdam.Native;

/// <summary>fastadam_group_tensor.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly unsafe struct NativeGroupTensor
{
    public readonly NativeTensor Arrays;
    public readonly double* MomentumProduct;
    public readonly long Step;
    public readonly int Group;
    public readonly uint Reserved;

    public Status Check() => !Arrays.Types.AreKnown ? Status.DType : Reserved != 0 ? Status.Flags : Status.Ok;

    public OptimizerTensor ToManaged() =>
        Arrays.ToManaged() with { Group = Group, Step = Step, MomentumProduct = MomentumProduct };
}

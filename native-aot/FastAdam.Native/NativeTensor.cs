using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastAdam.Kernels;

namespace FastAdam.Native;

/// <summary>fastadam_tensor.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly unsafe struct NativeTensor
{
    public readonly void* Parameters;
    public readonly void* Gradients;
    public readonly void* ExpAvg;
    public readonly void* ExpAvgSq;
    public readonly void* MaxExpAvgSq;
    public readonly nuint Length;
    public readonly NativeTypes Types;

    /// <summary>What Adam reads and writes.</summary>
    public Streams Streams
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Parameters, Gradients, ExpAvg, ExpAvgSq, Length);
    }

    public OptimizerTensor ToManaged() => new(
        (ElementType)Types.Parameters,
        (ElementType)Types.Gradients,
        (ElementType)Types.ExpAvg,
        (ElementType)Types.ExpAvgSq,
        new Streams(Parameters, Gradients, ExpAvg, ExpAvgSq, MaxExpAvgSq, Length));
}

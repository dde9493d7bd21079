using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastAdam.Kernels;
using FastAdam.Rules;

namespace FastAdam.Native;

/// <summary>The four dtypes at the end of fastadam_tensor and fastadam_sparse: FASTADAM_F32, _F16 and _BF16 are the members of
/// <see cref="ElementType"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct NativeTypes
{
    public readonly int Parameters;
    public readonly int Gradients;
    public readonly int ExpAvg;
    public readonly int ExpAvgSq;

    public bool AreKnown
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => IsKnown(Parameters) && IsKnown(Gradients) && IsKnown(ExpAvg) && IsKnown(ExpAvgSq);
    }

    /// <summary>Adam's kernel for these types, where they are known.</summary>
    public KernelKey AdamKey
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(
            Level.InstructionSet,
            RuleKind.Adam,
            (ElementType)Parameters,
            (ElementType)Gradients,
            (ElementType)ExpAvg,
            (ElementType)ExpAvgSq);
    }

    private static bool IsKnown(int type) => type is >= (int)ElementType.Float32 and <= (int)ElementType.BFloat16;
}

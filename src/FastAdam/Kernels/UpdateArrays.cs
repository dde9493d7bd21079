using System.Runtime.CompilerServices;

namespace FastAdam.Kernels;

/// <summary>Where the arrays of one update are. They have the same length and do not overlap. Those of the state that the step does not
/// keep are null.</summary>
internal unsafe struct UpdateArrays : IEquatable<UpdateArrays>
{
    public byte* Parameters;
    public byte* Gradients;
    public byte* FirstState;
    public byte* SecondState;
    public byte* ThirdState;
    public byte* FourthState;

    /// <summary>Elements in each array.</summary>
    public nuint Length;

    /// <summary>What is beside them; nothing where all are of single elements.</summary>
    public ArrayParts Parts;

    /// <summary>An array by its role.</summary>
    public byte* this[ArrayRole role]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        readonly get => (byte*)Unsafe.Add(ref Unsafe.As<UpdateArrays, nint>(ref Unsafe.AsRef(in this)), (int)role);
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set => Unsafe.Add(ref Unsafe.As<UpdateArrays, nint>(ref this), (int)role) = (nint)value;
    }

    /// <summary>The elements from one index up to another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly UpdateArrays Part(in KernelKey key, nuint start, nuint end) => new()
    {
        Parts = key.Types.ArePlain ? default : Parts.From(key, start),
        Parameters = Parameters + (start * key.Size(ArrayRole.Parameters)),
        Gradients = Gradients + (start * key.Size(ArrayRole.Gradients)),
        FirstState = FirstState + (start * key.Size(ArrayRole.FirstState)),
        SecondState = SecondState + (start * key.Size(ArrayRole.SecondState)),
        ThirdState = ThirdState + (start * key.Size(ArrayRole.ThirdState)),
        FourthState = FourthState + (start * key.Size(ArrayRole.FourthState)),
        Length = end - start,
    };

    /// <summary>True where they have the same addresses and length, whatever is beside them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreSame(in UpdateArrays left, in UpdateArrays right) =>
        left.Parameters == right.Parameters
        && left.Gradients == right.Gradients
        && left.FirstState == right.FirstState
        && left.SecondState == right.SecondState
        && left.ThirdState == right.ThirdState
        && left.FourthState == right.FourthState
        && left.Length == right.Length;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool Equals(UpdateArrays other) => AreSame(this, other) && Parts.Equals(other.Parts);

    public override readonly bool Equals(object? obj) => obj is UpdateArrays other && Equals(other);

    public override readonly int GetHashCode() => HashCode.Combine(
        (nuint)Parameters, (nuint)Gradients, (nuint)FirstState, (nuint)SecondState, (nuint)ThirdState, (nuint)FourthState, Length);
}

using System.Runtime.CompilerServices;

namespace FastAdam.Kernels;

/// <summary>What storage types need beside the arrays of an update.</summary>
internal unsafe struct ArrayParts : IEquatable<ArrayParts>
{
    /// <summary>The parameters' lower bits, or their copy.</summary>
    public byte* Parameters;

    private readonly byte* _gradients;

    /// <summary>The scales of the state arrays, by their roles.</summary>
    public byte* FirstState;
    public byte* SecondState;
    public byte* ThirdState;
    public byte* FourthState;

    /// <summary>The index of the first element in the whole tensor, for random rounding.</summary>
    public ulong FirstElement;

    /// <summary>The tensor's number, for random rounding.</summary>
    public uint Tensor;

    /// <summary>What is beside an array, by its role.</summary>
    public byte* this[ArrayRole role]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        readonly get => (byte*)Unsafe.Add(ref Unsafe.As<ArrayParts, nint>(ref Unsafe.AsRef(in this)), (int)role);
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set => Unsafe.Add(ref Unsafe.As<ArrayParts, nint>(ref this), (int)role) = (nint)value;
    }

    /// <summary>The same from an element on, at which a block begins.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly ArrayParts From(in KernelKey key, nuint start)
    {
        ArrayParts parts = this;
        parts.FirstElement += start;
        for (ArrayRole role = 0; (int)role < ArrayRoles.Count; role++)
        {
            if (key.Has(role))
            {
                parts[role] += ElementTypes.PartBytes(key.Types[role], start);
            }
        }

        return parts;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool Equals(ArrayParts other) =>
        Parameters == other.Parameters
        && FirstState == other.FirstState
        && SecondState == other.SecondState
        && ThirdState == other.ThirdState
        && FourthState == other.FourthState
        && FirstElement == other.FirstElement
        && Tensor == other.Tensor;

    public override readonly bool Equals(object? obj) => obj is ArrayParts other && Equals(other);

    public override readonly int GetHashCode() => HashCode.Combine(
        (nuint)Parameters, (nuint)FirstState, (nuint)SecondState, (nuint)ThirdState, (nuint)FourthState, FirstElement, Tensor);
}

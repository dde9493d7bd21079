using System.Runtime.CompilerServices;
using FastAdam.Kernels;

namespace FastAdam.Passes;

/// <summary>One tensor of a step: the kernel for it, its arrays, and which of the step's constants are its own.</summary>
internal readonly unsafe struct TensorWork(in KernelKey key, in UpdateArrays arrays, int constants = 0, double* numbers = null)
    : IEquatable<TensorWork>
{
    public readonly KernelKey Key = key;

    /// <summary>The number of its constants.</summary>
    public readonly int Constants = constants;

    public readonly UpdateArrays Arrays = arrays;

    /// <summary>The numbers that the rule keeps for the tensor; null where it keeps none.</summary>
    public readonly double* Numbers = numbers;

    /// <summary>Bytes that an element takes in all arrays together.</summary>
    public uint ElementBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        get => (uint)(Key.Size(ArrayRole.Parameters)
            + Key.Size(ArrayRole.Gradients)
            + Key.Size(ArrayRole.FirstState)
            + Key.Size(ArrayRole.SecondState)
            + Key.Size(ArrayRole.ThirdState)
            + Key.Size(ArrayRole.FourthState));
    }

    /// <summary>Bytes of all arrays together.</summary>
    public ulong Bytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (ulong)Arrays.Length * ElementBytes;
    }

    /// <summary>The same as if all elements were floats.</summary>
    public ulong FloatBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (ulong)Arrays.Length * (sizeof(float) * (uint)Key.ArrayCount);
    }

    /// <summary>Blocks of <see cref="LaneSums.BlockLength"/> elements, the last of which may be shorter.</summary>
    public nuint Blocks
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (Arrays.Length / LaneSums.BlockLength) + (Arrays.Length % LaneSums.BlockLength == 0 ? 0u : 1);
    }

    /// <summary>True where it is that of these.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Is(in KernelKey key, in UpdateArrays arrays, int constants, double* numbers) =>
        Key.Equals(key)
        && Constants == constants
        && Numbers == numbers
        && UpdateArrays.AreSame(Arrays, arrays)
        && (Key.Types.ArePlain || Arrays.Parts.Equals(arrays.Parts));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Equals(TensorWork other) => Is(other.Key, other.Arrays, other.Constants, other.Numbers);

    public override bool Equals(object? obj) => obj is TensorWork other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Key, Arrays, Constants, (nint)Numbers);
}

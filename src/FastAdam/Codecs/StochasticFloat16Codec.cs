using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Codecs;

/// <summary>IEEE-754 binary16, rounded at random as <see cref="StochasticBFloat16Codec"/>.</summary>
internal readonly unsafe struct StochasticFloat16Codec : IPartedCodec
{
    /// <summary>Bits of single precision that a normal number loses.</summary>
    private const byte LostBits = 13;

    private const float SmallestNormal = 1f / (1 << 14);
    private const uint SignBit = 0x8000_0000;

    public static int Size
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Float16Codec.Size;
    }

    public static int PartSize
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 0;
    }

    public static bool IsStochastic
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load<V>(byte* source, byte* part, out V first, out V second)
        where V : unmanaged, IVector<V> => Float16Codec.Load(source, inOrder: true, out first, out second);

    public static void Store<V>(byte* destination, byte* part, uint* words, V first, V second)
        where V : unmanaged, IVector<V>
    {
        Float16Codec.NarrowAny(Round(first, words), Round(second, words + V.Count), out V low, out V high);
        Float16Codec.Store(destination, inOrder: true, low, high);
    }

    /// <summary>Numbers that the type holds, or that are too large for it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Round<V>(V value, uint* words)
        where V : unmanaged, IVector<V>
    {
        // Below the smallest normal number the steps are as wide as above it. With that added, a number has them where the normal
        // ones have them. The root is NaN exactly below it.
        V magnitude = value & ~SignBit;
        V smallest = V.Broadcast(SmallestNormal);
        V offset = V.SelectIfNaN(V.Sqrt(magnitude - smallest), smallest, V.Broadcast(0));
        V bits = V.AddBits(magnitude + offset, V.ShiftRightLogical(V.Load((byte*)words), 16 - LostBits));
        V rounded = (bits & ~((1u << LostBits) - 1)) - offset;
        return V.SelectIfNaN(value, value, V.AndOr(value, SignBit, rounded));
    }
}

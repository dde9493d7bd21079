using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Codecs;

/// <summary>
/// IEEE-754 binary16, <see cref="Half"/>. No step reads or makes a single-precision subnormal out of a half-precision one,
/// which would cost a microcode assist on x86.
/// </summary>
internal readonly unsafe struct Float16Codec : ICodec
{
    private const uint SignBit = 0x8000_0000;
    private const uint SignWords = 0x8000_8000;
    private const uint UpperHalf = 0xffff_0000;

    // Of the upper half of a float, which holds its exponent.
    private const uint ExponentWords = 0x7f80_7f80;
    private const int ExponentShift = 7;

    /// <summary>The exponent of 2^-14, from which on a half is normal.</summary>
    private const int SmallestNormal = 127 - 14;

    /// <summary>The exponent of 2^15, behind which a half is infinite.</summary>
    private const int Largest = 127 + 15;

    private const ushort LargeExponent = (SmallestNormal + 13) << ExponentShift;

    private const float TwoToMinus112 = 1.9259299443872359e-34f;

    public static int Size
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => sizeof(ushort);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load<V>(byte* source, bool inOrder, out V first, out V second)
        where V : unmanaged, IVector<V>
    {
        V words = inOrder ? V.InterleaveWords(V.Load(source)) : V.Load(source);
        first = Widen(V.ShiftLeft(words, 16));
        second = Widen(words);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryNarrow<V>(V first, V second, out V low, out V high)
        where V : unmanaged, IVector<V>
    {
        high = default;
        V upper = V.UpperWords(first, second);
        V exponent = upper & ExponentWords;
        if (V.AnyWordAbove(exponent, Largest << ExponentShift))
        {
            low = default;
            return false;
        }

        low = Round(first, second, upper, exponent);
        return true;
    }

    // It holds no number that is subnormal in single precision, and rounding makes zero of what is not half of its least one.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryNarrowState<V>(V first, V second, V keptIfSubnormal, out V low, out V high)
        where V : unmanaged, IVector<V> => TryNarrow(first, second, out low, out high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void NarrowAny<V>(V first, V second, out V low, out V high)
        where V : unmanaged, IVector<V>
    {
        high = default;
        first = Saturate(first);
        second = Saturate(second);
        V upper = V.UpperWords(first, second);
        low = Round(first, second, upper, upper & ExponentWords);
    }

    /// <param name="destination">The block.</param>
    /// <param name="inOrder">As when it was loaded.</param>
    /// <param name="low">The first register's elements in the even words, the second's in the odd ones.</param>
    /// <param name="high">Nothing: a block of 16-bit elements is one register.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<V>(byte* destination, bool inOrder, V low, V high)
        where V : unmanaged, IVector<V> => V.Store(destination, inOrder ? V.DeinterleaveWords(low) : low);

    /// <summary>The half in the upper word of each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Widen<V>(V half)
        where V : unmanaged, IVector<V>
    {
        // The magnitude 2^112 too large: with the half's exponent in the lower five bits and ones in the upper three of the
        // float's, infinity and NaN are what they should be.
        V scaled = V.AndOr(V.ShiftRightLogical(half, 3), 0x0fff_e000, 0x7000_0000);
        V normal = scaled * TwoToMinus112;

        // A subnormal half was read with an implicit bit, at half the exponent that it has: (scaled - 2^97) * 2^-111. For all
        // other numbers that is larger.
        V subnormal = V.MultiplyAdd(scaled, 2 * TwoToMinus112, -1 / 16384f);
        return V.AndOr(half, SignBit, V.Min(normal, subnormal));
    }

    /// <summary>The halves of numbers below 2^16 in magnitude, or saturated.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Round<V>(V first, V second, V upper, V exponent)
        where V : unmanaged, IVector<V>
    {
        // Added to 2^13 times its binade (at least that of the smallest normal half), a number is rounded to the half's last place
        // by the addition. The sum's low bits are then the half's, with the implicit bit, which carries into the exponent.
        V binade = V.SubtractSaturateWords(exponent, SmallestNormal << ExponentShift);
        V large = V.AndOr(upper, SignWords, V.AddWords(binade, LargeExponent));
        V firstSum = first + V.ShiftLeft(large, 16);
        V secondSum = second + (large & UpperHalf);
        V rounded = V.LowerWords(firstSum, secondSum);
        return V.AndOr(upper, SignWords, V.AddWords(rounded, V.ShiftLeftWords(binade, 10 - ExponentShift)));
    }

    /// <summary>For infinity and what becomes one, and for NaN, the numbers whose halves would follow the largest ones; others as
    /// they are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Saturate<V>(V value)
        where V : unmanaged, IVector<V>
    {
        V sign = value & SignBit;
        V magnitude = V.Min(V.Broadcast(65536), value ^ sign);
        return sign | V.SelectIfNaN(magnitude, V.Broadcast(1.5f * 65536), magnitude);
    }
}

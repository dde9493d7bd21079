using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Codecs;

/// <summary>
/// State in blocks of integers of 8 bits with a scale each, the largest magnitude in the block. Numbers with a sign are multiples of
/// scale / 127. Of numbers without one the roots are stored, halfway between multiples of scale / 255.5: so no second moment becomes
/// zero that has been fed, by which updates would be divided.
/// </summary>
internal static unsafe class Block8Codec
{
    /// <summary>Elements that share a scale.</summary>
    public const int Length = 128;

    /// <summary>What the largest magnitude of a block becomes.</summary>
    public const float SignedTop = 127;

    /// <summary>What the largest root of a block becomes, before it is cut to an integer.</summary>
    public const float RootTop = 255.5f;

    // 1.5 * 2^23: the sum with a small number has that, rounded, in its lowest byte. 2^15: in its second lowest.
    private const float SignedMagic = 12_582_912;
    private const float RootMagic = 32_768;

    // 2^-100 and 2^-50. Below these a scale is zero, and so the block: their products would leave the normal range.
    private const uint SmallestSigned = 0x0d80_0000;
    private const uint SmallestRoot = 0x2680_0000;
    private const uint Infinity = 0x7f80_0000;

    /// <summary>The scale of numbers with a sign whose largest magnitude has these bits: NaN where it is no number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float SignedScale(uint largest) => Scale(largest, SmallestSigned);

    /// <summary>The scale of roots of which the largest has these bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float RootScale(uint largest) => Scale(largest, SmallestRoot);

    /// <summary>What numbers are multiplied by on their way to integers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Factor(float scale, float top) => scale > 0 ? top / scale : 0;

    /// <summary>Writes two registers of numbers with a sign.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSigned<V>(byte* codes, float* numbers, V factor)
        where V : unmanaged, IVector<V>
    {
        V magic = V.Broadcast(SignedMagic);
        V.StoreLowestBytes(
            codes,
            V.MultiplyAdd(factor, V.Load((byte*)numbers), magic),
            V.MultiplyAdd(factor, V.Load((byte*)(numbers + V.Count)), magic));
    }

    /// <summary>Writes two registers of roots.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRoots<V>(byte* codes, float* roots, V factor)
        where V : unmanaged, IVector<V>
    {
        V magic = V.Broadcast(RootMagic);
        V.StoreSecondBytes(
            codes,
            V.MultiplyAdd(factor, V.Load((byte*)roots), magic),
            V.MultiplyAdd(factor, V.Load((byte*)(roots + V.Count)), magic));
    }

    /// <summary>A register of roots.</summary>
    /// <param name="codes">The integers.</param>
    /// <param name="unit">The scale over <see cref="RootTop"/>, or a multiple of it.</param>
    /// <param name="half">Half of the unit.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V LoadRoots<V>(byte* codes, V unit, V half)
        where V : unmanaged, IVector<V> => V.MultiplyAdd(V.LoadUnsignedBytes(codes), unit, half);

    /// <summary>A number without its sign.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Magnitude<V>(V number)
        where V : unmanaged, IVector<V> => number & 0x7fff_ffffu;

    /// <summary>Writes a block's scale. Of a block that is no number, which is rare, the integers will be zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Finish<V>(float* place, float scale, float* numbers)
        where V : unmanaged, IVector<V>
    {
        *place = scale;
        if (float.IsNaN(scale))
        {
            // Without a call, around which a loop would keep its numbers in memory.
            for (int i = 0; i < Length; i += V.Count)
            {
                V.Store((byte*)(numbers + i), V.Broadcast(0));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Scale(uint largest, uint smallest) =>
        largest >= Infinity ? float.NaN : largest < smallest ? 0 : BitConverter.UInt32BitsToSingle(largest);
}

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

    /// <summary>What a half's exponent lacks to a float's bias, in a float's exponent field: (127 - 15) &lt;&lt; 23.</summary>
    private const uint BiasDifference = 112u << 23;

    /// <summary>The bits of 0.5f.</summary>
    private const uint Half = 126u << 23;

    public static int Size
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => sizeof(ushort);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load<V>(byte* source)
        where V : unmanaged, IVector<V> => Widen(V.Load16(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V LoadPartial<V>(byte* source, int count)
        where V : unmanaged, IVector<V> => Widen(V.LoadPartial16(source, count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<V>(byte* destination, V value)
        where V : unmanaged, IVector<V> => V.Store16(destination, Narrow(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePartial<V>(byte* destination, V value, int count)
        where V : unmanaged, IVector<V> => V.StorePartial16(destination, Narrow(value), count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Widen<V>(V half)
        where V : unmanaged, IVector<V>
    {
        V sign = V.ShiftLeft(half, 16) & SignBit;
        V magnitude = V.ShiftLeft(half & 0x7fffu, 13);
        V normal = V.AddBits(magnitude, BiasDifference);

        // Subnormal (the exponent field is zero): read with the implicit bit at exponent -14, then take that bit away.
        V subnormal = V.AddBits(normal, 1u << 23) - V.BroadcastBits(BiasDifference + (1u << 23));
        V finite = V.SelectIfLessBits(magnitude, 1 << 23, subnormal, normal);

        // Infinity and NaN (the exponent field is all ones) need all of the float's exponent bits.
        return sign | V.SelectIfLessBits(magnitude, 31 << 23, finite, normal | 0x7f80_0000u);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Narrow<V>(V value)
        where V : unmanaged, IVector<V>
    {
        V sign = value & SignBit;
        V magnitude = value ^ sign;

        // At least 2^-14: rebias, and round by a carry as bfloat16 does; 65520 and up carry into infinity.
        V lastKeptBit = V.ShiftRightLogical(magnitude, 13) & 1u;
        V rounded = V.AddBits(V.AddBits(magnitude, lastKeptBit), unchecked(0x0fffu - BiasDifference));
        V normal = V.ShiftRightLogical(rounded, 13);

        // Below: at 1/2 a float's last bit is 2^-24, the half's smallest subnormal, so an addition does the rounding.
        V subnormal = V.AddBits(magnitude + V.Broadcast(0.5f), unchecked(0u - Half));
        V finite = V.SelectIfLessBits(magnitude, 113 << 23, subnormal, normal);

        // 2^16 and up is infinity, all of NaN one quiet NaN.
        V special = V.SelectIfNaN(value, V.BroadcastBits(0x7e00), V.BroadcastBits(0x7c00));
        return V.ShiftRightLogical(sign, 16) | V.SelectIfLessBits(magnitude, 143 << 23, finite, special);
    }
}

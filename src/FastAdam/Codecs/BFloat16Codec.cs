using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Codecs;

/// <summary>bfloat16: the upper half of a <see cref="float"/>.</summary>
internal readonly unsafe struct BFloat16Codec : ICodec
{
    public static int Size
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => sizeof(ushort);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load<V>(byte* source)
        where V : unmanaged, IVector<V> => V.ShiftLeft(V.Load16(source), 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V LoadPartial<V>(byte* source, int count)
        where V : unmanaged, IVector<V> => V.ShiftLeft(V.LoadPartial16(source, count), 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<V>(byte* destination, V value)
        where V : unmanaged, IVector<V> => V.Store16(destination, Narrow(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePartial<V>(byte* destination, V value, int count)
        where V : unmanaged, IVector<V> => V.StorePartial16(destination, Narrow(value), count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Narrow<V>(V value)
        where V : unmanaged, IVector<V>
    {
        // Adding just under half of the kept unit, plus the kept part's last bit, carries into it exactly when rounding to
        // nearest even goes up; a finite value too large for the format carries into infinity.
        V lastKeptBit = V.ShiftRightLogical(value, 16) & 1u;
        V rounded = V.AddBits(V.AddBits(value, lastKeptBit), 0x7fff);

        // Rounding could carry a NaN into infinity or zero: it becomes quiet instead, and keeps its upper bits.
        V quiet = value | 0x0040_0000u;
        return V.ShiftRightLogical(V.SelectIfNaN(value, quiet, rounded), 16);
    }
}

using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Codecs;

/// <summary>What storage types share that are the upper half of a float.</summary>
internal static class UpperHalf
{
    public const uint Mask = 0xffff_0000;

    /// <summary>Makes each NaN a quiet one without a lower half. A carry from there would make another number of it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V QuietNaN<V>(V value)
        where V : unmanaged, IVector<V> => V.SelectIfNaN(value, (value | 0x0040_0000u) & Mask, value);

    /// <summary>Takes the upper halves alone where a number that was joined is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StandsForNaN<V>(V upper, ref V first, ref V second)
        where V : unmanaged, IVector<V>
    {
        if (V.AnyNaN(first, second))
        {
            V.ZipWords(V.BroadcastBits(0), upper, out V firstAlone, out V secondAlone);
            first = V.SelectIfNaN(first, firstAlone, first);
            second = V.SelectIfNaN(second, secondAlone, second);
        }
    }
}

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
}

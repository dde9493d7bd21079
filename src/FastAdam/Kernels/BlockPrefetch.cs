using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Kernels;

/// <summary>Asks the memory in advance for what loops over blocks will need. A prototype gained 5 to 15 percent by it beyond the caches where
/// moments have 8 bits, and nothing where all arrays hold floats (Zen 4).</summary>
internal static unsafe class BlockPrefetch
{
    /// <summary>Elements in advance.</summary>
    private const int Ahead = 512;

    private const int CacheLine = 64;

    /// <summary>Asks for what two registers of lanes need.</summary>
    /// <param name="array">Where the block begins.</param>
    /// <param name="element">The element in it.</param>
    /// <param name="size">Bytes of an element.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Ask<V>(byte* array, int element, int size)
        where V : unmanaged, IVector<V>
    {
        byte* address = array + ((Ahead + element) * size);
        V.Prefetch(address);
        if (2 * V.Count * size > CacheLine)
        {
            V.Prefetch(address + CacheLine);
        }
    }
}

using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Kernels;

/// <summary>
/// Room for one block of an array: an array's last elements, fewer than a block, are brought here, so that they go through the
/// same loop.
/// </summary>
internal static unsafe class PartialBlock
{
    /// <summary>Bytes of the widest block: two registers of AVX-512.</summary>
    public const int Size = 128;

    /// <summary>Copies <paramref name="count"/> elements of 2 or 4 bytes in and fills the block up with zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fill<V>(byte* block, byte* source, int count, int elementSize)
        where V : unmanaged, IVector<V>
    {
        if (elementSize == sizeof(ushort))
        {
            V.Store(block, V.LoadPartialWords(source, count));
        }
        else
        {
            V.Store(block, V.LoadPartial(source, Math.Min(count, V.Count)));
            V.Store(block + sizeof(V), V.LoadPartial(source + sizeof(V), Math.Max(count - V.Count, 0)));
        }
    }

    /// <summary>Copies the first <paramref name="count"/> elements out, and no other byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Empty<V>(byte* block, byte* destination, int count, int elementSize)
        where V : unmanaged, IVector<V>
    {
        if (elementSize == sizeof(ushort))
        {
            V.StorePartialWords(destination, V.Load(block), count);
        }
        else
        {
            V.StorePartial(destination, V.Load(block), Math.Min(count, V.Count));
            V.StorePartial(destination + sizeof(V), V.Load(block + sizeof(V)), Math.Max(count - V.Count, 0));
        }
    }
}

using System.Runtime.CompilerServices;
using FastAdam.Codecs;
using FastAdam.Isa;

namespace FastAdam.Kernels;

/// <summary>
/// Room for one block of each array: an array's last elements, fewer than a block, are brought here, so that they go through the
/// same loop.
/// </summary>
internal unsafe struct PartialBlock
{
    /// <summary>Bytes of the widest block: two registers of AVX-512.</summary>
    private const int ArraySize = 128;

    public fixed byte Parameters[ArraySize];
    public fixed byte Gradients[ArraySize];
    public fixed byte First[ArraySize];
    public fixed byte Second[ArraySize];
    public fixed byte Third[ArraySize];

    /// <summary>Copies <paramref name="count"/> elements in and fills the block up with zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fill<V, C>(byte* block, byte* source, int count)
        where V : unmanaged, IVector<V>
        where C : ICodec
    {
        if (C.Size == sizeof(ushort))
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
    public static void Empty<V, C>(byte* block, byte* destination, int count)
        where V : unmanaged, IVector<V>
        where C : ICodec
    {
        if (C.Size == sizeof(ushort))
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

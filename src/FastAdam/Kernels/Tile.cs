using System.Runtime.CompilerServices;
using FastAdam.Codecs;
using FastAdam.Isa;

namespace FastAdam.Kernels;

/// <summary>A short piece of an array, opened into single precision, and closed again.</summary>
internal static unsafe class Tile<V, C>
    where V : unmanaged, IVector<V>
    where C : ICodec
{
    /// <summary>Elements of the longest tile: all arrays' tiles together stay in a first-level cache.</summary>
    public const int Length = 512;

    /// <param name="tile">Takes the elements; may be written up to a block of two registers beyond them.</param>
    /// <param name="array">The stored elements.</param>
    /// <param name="count">How many.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Open(float* tile, byte* array, int count)
    {
        byte* room = stackalloc byte[2 * sizeof(V)];
        for (int i = 0; i < count; i += 2 * V.Count)
        {
            byte* block = array + (i * C.Size);
            if (count - i < 2 * V.Count)
            {
                PartialBlock.Fill<V>(room, block, count - i, C.Size);
                block = room;
            }

            C.Load(block, inOrder: true, out V first, out V second);
            Float32Codec.Store((byte*)(tile + i), inOrder: true, first, second);
        }
    }

    /// <param name="array">Takes the elements.</param>
    /// <param name="tile">Elements in single precision; may be read up to a block of two registers beyond them.</param>
    /// <param name="count">How many.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Close(byte* array, float* tile, int count)
    {
        byte* room = stackalloc byte[2 * sizeof(V)];
        for (int i = 0; i < count; i += 2 * V.Count)
        {
            byte* block = array + (i * C.Size);
            bool isPartial = count - i < 2 * V.Count;
            Float32Codec.Load((byte*)(tile + i), inOrder: true, out V first, out V second);
            C.NarrowAny(first, second, out V low, out V high);
            C.Store(isPartial ? room : block, inOrder: true, low, high);
            if (isPartial)
            {
                PartialBlock.Empty<V>(room, block, count - i, C.Size);
            }
        }
    }
}

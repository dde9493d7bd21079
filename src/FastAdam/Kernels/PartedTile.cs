using System.Runtime.CompilerServices;
using FastAdam.Codecs;
using FastAdam.Isa;

namespace FastAdam.Kernels;

/// <summary>A short piece of an array with something beside it, opened into single precision, and closed again.</summary>
internal static unsafe class PartedTile<V, C>
    where V : unmanaged, IVector<V>
    where C : IPartedCodec
{
    /// <param name="tile">Takes the numbers; may be written up to two registers beyond them.</param>
    /// <param name="array">The stored elements.</param>
    /// <param name="part">What is beside them.</param>
    /// <param name="count">How many.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Open(float* tile, byte* array, byte* part, int count)
    {
        byte* room = stackalloc byte[4 * sizeof(V)];
        for (int i = 0; i < count; i += 2 * V.Count)
        {
            byte* source = array + (i * C.Size);
            byte* beside = part + (i * C.PartSize);
            if (count - i < 2 * V.Count)
            {
                Unsafe.CopyBlockUnaligned(room, source, (uint)((count - i) * C.Size));
                Unsafe.CopyBlockUnaligned(room + (2 * sizeof(V)), beside, (uint)((count - i) * C.PartSize));
                source = room;
                beside = room + (2 * sizeof(V));
            }

            C.Load(source, beside, out V first, out V second);
            Float32Codec.Store((byte*)(tile + i), inOrder: true, first, second);
        }
    }

    /// <param name="array">Takes the elements.</param>
    /// <param name="part">Takes what is beside them.</param>
    /// <param name="tile">The numbers; may be read up to two registers beyond them.</param>
    /// <param name="count">How many.</param>
    /// <param name="stream">What random rounding depends on.</param>
    /// <param name="firstElement">The index of the first element in the tensor, a multiple of 128.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Close(byte* array, byte* part, float* tile, int count, in RandomStream stream, ulong firstElement)
    {
        byte* room = stackalloc byte[4 * sizeof(V)];
        uint* words = stackalloc uint[Philox.BlockLength];
        for (int i = 0; i < count; i += 2 * V.Count)
        {
            if (C.IsStochastic && i % Philox.BlockLength == 0)
            {
                V.MakeRandomWords(stream, firstElement + (uint)i, words);
            }

            byte* destination = array + (i * C.Size);
            byte* beside = part + (i * C.PartSize);
            bool isPartial = count - i < 2 * V.Count;
            Float32Codec.Load((byte*)(tile + i), inOrder: true, out V first, out V second);
            C.Store(
                isPartial ? room : destination,
                isPartial ? room + (2 * sizeof(V)) : beside,
                words + (i % Philox.BlockLength),
                first,
                second);
            if (isPartial)
            {
                Unsafe.CopyBlockUnaligned(destination, room, (uint)((count - i) * C.Size));
                Unsafe.CopyBlockUnaligned(beside, room + (2 * sizeof(V)), (uint)((count - i) * C.PartSize));
            }
        }
    }
}

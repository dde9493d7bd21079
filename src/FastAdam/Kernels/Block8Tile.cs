using System.Runtime.CompilerServices;
using FastAdam.Codecs;
using FastAdam.Isa;

namespace FastAdam.Kernels;

/// <summary>A short piece of state in blocks of 8 bits, opened into single precision, and closed again.</summary>
internal static unsafe class Block8Tile<V>
    where V : unmanaged, IVector<V>
{
    /// <param name="tile">Takes the numbers; may be written up to two registers beyond them.</param>
    /// <param name="codes">The integers, from the beginning of a block on.</param>
    /// <param name="scales">The scales of their blocks.</param>
    /// <param name="count">How many.</param>
    /// <param name="isSigned">False for roots, whose squares are the numbers.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Open(float* tile, byte* codes, float* scales, int count, bool isSigned)
    {
        byte* room = stackalloc byte[Block8Codec.Length];
        for (int i = 0; i < count; i += Block8Codec.Length, codes += Block8Codec.Length, tile += Block8Codec.Length, scales++)
        {
            int length = int.Min(Block8Codec.Length, count - i);
            byte* source = codes;
            if (length < Block8Codec.Length)
            {
                Unsafe.CopyBlockUnaligned(room, codes, (uint)length);
                source = room;
            }

            V unit = V.Broadcast(*scales / (isSigned ? Block8Codec.SignedTop : Block8Codec.RootTop));
            V half = unit * 0.5f;
            for (int k = 0; k < length; k += V.Count)
            {
                if (isSigned)
                {
                    V.Store((byte*)(tile + k), V.LoadSignedBytes(source + k) * unit);
                }
                else
                {
                    V root = Block8Codec.LoadRoots(source + k, unit, half);
                    V.Store((byte*)(tile + k), root * root);
                }
            }
        }
    }

    /// <param name="codes">Takes the integers.</param>
    /// <param name="scales">Takes the scales.</param>
    /// <param name="tile">The numbers, which stay as they are.</param>
    /// <param name="count">How many.</param>
    /// <param name="isSigned">False where their roots are to be stored.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Close(byte* codes, float* scales, float* tile, int count, bool isSigned)
    {
        float* numbers = stackalloc float[Block8Codec.Length];
        byte* room = stackalloc byte[Block8Codec.Length];
        for (int i = 0; i < count; i += Block8Codec.Length, codes += Block8Codec.Length, tile += Block8Codec.Length, scales++)
        {
            int length = int.Min(Block8Codec.Length, count - i);
            new Span<float>(numbers, Block8Codec.Length).Clear();
            new Span<float>(tile, length).CopyTo(new Span<float>(numbers, length));
            V largest = V.BroadcastBits(0);
            for (int k = 0; k < Block8Codec.Length; k += V.Count)
            {
                V number = V.Load((byte*)(numbers + k));
                if (!isSigned)
                {
                    number = V.Sqrt(number);
                    V.Store((byte*)(numbers + k), number);
                }

                largest = V.MaxBits(largest, Block8Codec.Magnitude(number));
            }

            uint bits = V.HighestBits(largest);
            Block8Codec.Finish<V>(scales, isSigned ? Block8Codec.SignedScale(bits) : Block8Codec.RootScale(bits), numbers);
            V factor = V.Broadcast(Block8Codec.Factor(*scales, isSigned ? Block8Codec.SignedTop : Block8Codec.RootTop));
            for (int k = 0; k < Block8Codec.Length; k += 2 * V.Count)
            {
                if (isSigned)
                {
                    Block8Codec.StoreSigned(room + k, numbers + k, factor);
                }
                else
                {
                    Block8Codec.StoreRoots(room + k, numbers + k, factor);
                }
            }

            Unsafe.CopyBlockUnaligned(codes, room, (uint)length);
        }
    }
}

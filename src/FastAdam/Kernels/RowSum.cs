using System.Runtime.CompilerServices;
using FastAdam.Codecs;
using FastAdam.Isa;

namespace FastAdam.Kernels;

/// <summary>Adds rows of gradients in single precision.</summary>
internal static unsafe class RowSum<V, C>
    where V : unmanaged, IVector<V>
    where C : ICodec
{
    /// <param name="sum">The sum so far, and with the row.</param>
    /// <param name="row">The row.</param>
    /// <param name="length">Elements of both.</param>
    /// <param name="isFirst">Whether the row is the first one, and there is no sum yet.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public static void Add(float* sum, byte* row, nuint length, bool isFirst)
    {
        float* tile = stackalloc float[Tile<V, C>.Length + (2 * V.Count)];
        for (nuint start = 0; start < length; start += Tile<V, C>.Length)
        {
            int count = (int)nuint.Min(Tile<V, C>.Length, length - start);
            Tile<V, C>.Open(tile, row + (start * (nuint)C.Size), count);
            int whole = count - (count % V.Count);
            for (int i = 0; i < whole; i += V.Count)
            {
                byte* place = (byte*)(sum + start + i);
                V added = V.Load((byte*)(tile + i));
                V.Store(place, isFirst ? added : V.Load(place) + added);
            }

            if (whole < count)
            {
                byte* place = (byte*)(sum + start + whole);
                V added = V.Load((byte*)(tile + whole));
                V.StorePartial(place, isFirst ? added : V.LoadPartial(place, count - whole) + added, count - whole);
            }
        }
    }
}

using System.Buffers;

namespace FastAdam.Kernels;

/// <summary>Finds arrays of a list of tensors that share a byte and must not.</summary>
internal static unsafe class ListOverlap
{
    /// <summary>Arrays of a tensor, numbered in the order of <see cref="Streams"/>.</summary>
    public const int ArraysPerTensor = 4;

    private const int Gradients = 1;

    /// <summary>
    /// Two arrays, by tensor * <see cref="ArraysPerTensor"/> + array and the larger number first, that overlap and at least one of
    /// which is written; or null. Gradients, which are only read, may be shared.
    /// </summary>
    public static (int Array, int Other)? Find(ReadOnlySpan<TensorWork> tensors)
    {
        nuint[] starts = ArrayPool<nuint>.Shared.Rent(ArraysPerTensor * tensors.Length);
        int[] arrays = ArrayPool<int>.Shared.Rent(ArraysPerTensor * tensors.Length);
        try
        {
            int count = Sort(tensors, starts, arrays);
            return Find(tensors, starts.AsSpan(0, count), arrays.AsSpan(0, count));
        }
        finally
        {
            ArrayPool<nuint>.Shared.Return(starts);
            ArrayPool<int>.Shared.Return(arrays);
        }
    }

    /// <summary>Writes the arrays' starts and numbers in ascending order of the starts, and gives how many there are.</summary>
    private static int Sort(ReadOnlySpan<TensorWork> tensors, nuint[] starts, int[] arrays)
    {
        int count = 0;
        for (int i = 0; i < tensors.Length; i++)
        {
            Streams streams = tensors[i].Streams;
            if (streams.Length != 0)
            {
                for (int array = 0; array < ArraysPerTensor; array++)
                {
                    starts[count] = (nuint)Start(streams, array);
                    arrays[count++] = (i * ArraysPerTensor) + array;
                }
            }
        }

        Array.Sort(starts, arrays, 0, count);
        return count;
    }

    /// <summary>In the order of their starts, an array overlaps an earlier one exactly if it starts before the last of those
    /// ends.</summary>
    private static (int Array, int Other)? Find(
        ReadOnlySpan<TensorWork> tensors, ReadOnlySpan<nuint> starts, ReadOnlySpan<int> arrays)
    {
        (nuint End, int Array) last = default;
        (nuint End, int Array) lastWritten = default;
        for (int i = 0; i < starts.Length; i++)
        {
            (int tensor, int array) = Math.DivRem(arrays[i], ArraysPerTensor);
            bool isWritten = array != Gradients;
            (nuint end, int other) = isWritten ? last : lastWritten;
            if (starts[i] < end)
            {
                return (int.Max(arrays[i], other), int.Min(arrays[i], other));
            }

            end = starts[i] + (tensors[tensor].Streams.Length * (nuint)KernelRegistry.ElementSize(Type(tensors[tensor].Key, array)));
            last = end > last.End ? (end, arrays[i]) : last;
            lastWritten = isWritten && end > lastWritten.End ? (end, arrays[i]) : lastWritten;
        }

        return null;
    }

    private static byte* Start(in Streams streams, int array) => array switch
    {
        0 => streams.Parameters,
        Gradients => streams.Gradients,
        2 => streams.ExpAvg,
        _ => streams.ExpAvgSq,
    };

    private static ElementType Type(in KernelKey key, int array) => array switch
    {
        0 => key.Parameters,
        Gradients => key.Gradients,
        2 => key.ExpAvg,
        _ => key.ExpAvgSq,
    };
}

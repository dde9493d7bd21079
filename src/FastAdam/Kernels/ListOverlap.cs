using System.Buffers;
using System.Runtime.CompilerServices;

namespace FastAdam.Kernels;

/// <summary>Finds arrays of a list of tensors that share a byte and must not.</summary>
internal static unsafe class ListOverlap
{
    /// <summary>Arrays of a tensor, numbered as in <see cref="Streams"/>.</summary>
    public const int ArraysPerTensor = Streams.Count;

    /// <summary>
    /// Two arrays, by tensor * <see cref="ArraysPerTensor"/> + array and the larger number first, that overlap and at least one of
    /// which is written; or null. Gradients, which are only read, may be shared, and so may the number that NAdam keeps in place of
    /// a third array.
    /// </summary>
    /// <param name="tensors">The list.</param>
    /// <param name="order">All arrays' numbers in any order, which becomes that of their starts. Sorting takes least where it
    /// nearly is so: as for the list before it, of which some tensors have moved.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static (int Array, int Other)? Find(ReadOnlySpan<TensorWork> tensors, Span<int> order)
    {
        nuint[] rented = ArrayPool<nuint>.Shared.Rent(order.Length);
        try
        {
            Span<nuint> starts = rented.AsSpan(0, order.Length);
            for (int i = 0; i < order.Length; i++)
            {
                (int tensor, int array) = Math.DivRem(order[i], ArraysPerTensor);
                starts[i] = (nuint)tensors[tensor].Streams[array];
            }

            starts.Sort(order);
            return Find(tensors, starts, order);
        }
        finally
        {
            ArrayPool<nuint>.Shared.Return(rented);
        }
    }

    /// <summary>In the order of their starts, an array overlaps an earlier one exactly if it starts before the last of those
    /// ends.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (int Array, int Other)? Find(
        ReadOnlySpan<TensorWork> tensors, ReadOnlySpan<nuint> starts, ReadOnlySpan<int> order)
    {
        (nuint End, int Array) last = default;
        (nuint End, int Array) lastWritten = default;
        (nuint End, int Array) lastNumber = default;
        for (int i = 0; i < starts.Length; i++)
        {
            (int tensor, int array) = Math.DivRem(order[i], ArraysPerTensor);
            ref readonly TensorWork work = ref tensors[tensor];
            bool isNumber = work.KeepsNumber && array == Streams.Count - 1;
            bool isWritten = array != Streams.GradientsNumber;
            nuint bytes = isNumber ? sizeof(double) : work.Streams.Length * work.Key.Size(array);
            (nuint end, int other) = isWritten ? last : lastWritten;
            if (!isNumber && lastNumber.End > end)
            {
                (end, other) = lastNumber;
            }

            if (bytes != 0 && starts[i] < end)
            {
                return (int.Max(order[i], other), int.Min(order[i], other));
            }

            end = starts[i] + bytes;
            if (isNumber)
            {
                lastNumber = end > lastNumber.End ? (end, order[i]) : lastNumber;
                continue;
            }

            last = end > last.End ? (end, order[i]) : last;
            lastWritten = isWritten && end > lastWritten.End ? (end, order[i]) : lastWritten;
        }

        return null;
    }
}

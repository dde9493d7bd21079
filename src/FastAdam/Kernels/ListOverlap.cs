using System.Buffers;
using System.Runtime.CompilerServices;

namespace FastAdam.Kernels;

/// <summary>How a step uses an array, and so which others it may share memory with.</summary>
internal enum ArrayUse
{
    /// <summary>Not with any.</summary>
    Written,

    /// <summary>With others that are read.</summary>
    Read,

    /// <summary>With other numbers: those that NAdam keeps in place of a third array.</summary>
    Number,
}

/// <summary>Arrays that are numbered from 0 on, such as those of a list of tensors.</summary>
internal interface IArrays
{
    /// <summary>Where an array starts.</summary>
    nuint Start(int array);

    /// <summary>Its bytes; 0 where there is none.</summary>
    nuint Bytes(int array);

    ArrayUse Use(int array);
}

/// <summary>Finds arrays that share a byte and must not.</summary>
internal static class ListOverlap
{
    /// <summary>Two arrays that overlap and must not, the larger number first; or null.</summary>
    /// <param name="arrays">The arrays.</param>
    /// <param name="order">Their numbers in any order, which becomes that of their starts. Sorting takes least where it
    /// nearly is so: as for the list before it, of which some tensors have moved.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static (int Array, int Other)? Find<T>(in T arrays, Span<int> order)
        where T : struct, IArrays, allows ref struct
    {
        nuint[] rented = ArrayPool<nuint>.Shared.Rent(order.Length);
        try
        {
            Span<nuint> starts = rented.AsSpan(0, order.Length);
            for (int i = 0; i < order.Length; i++)
            {
                starts[i] = arrays.Start(order[i]);
            }

            starts.Sort(order);
            return Find(arrays, starts, order);
        }
        finally
        {
            ArrayPool<nuint>.Shared.Return(rented);
        }
    }

    /// <summary>In the order of their starts, an array overlaps an earlier one exactly if it starts before the last of those
    /// ends.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (int Array, int Other)? Find<T>(in T arrays, ReadOnlySpan<nuint> starts, ReadOnlySpan<int> order)
        where T : struct, IArrays, allows ref struct
    {
        (nuint End, int Array) last = default;
        (nuint End, int Array) lastWritten = default;
        (nuint End, int Array) lastNumber = default;
        for (int i = 0; i < starts.Length; i++)
        {
            ArrayUse use = arrays.Use(order[i]);
            nuint bytes = arrays.Bytes(order[i]);
            (nuint end, int other) = use == ArrayUse.Read ? lastWritten : last;
            if (use != ArrayUse.Number && lastNumber.End > end)
            {
                (end, other) = lastNumber;
            }

            if (bytes != 0 && starts[i] < end)
            {
                return (int.Max(order[i], other), int.Min(order[i], other));
            }

            end = starts[i] + bytes;
            if (use == ArrayUse.Number)
            {
                lastNumber = end > lastNumber.End ? (end, order[i]) : lastNumber;
                continue;
            }

            last = end > last.End ? (end, order[i]) : last;
            lastWritten = use == ArrayUse.Written && end > lastWritten.End ? (end, order[i]) : lastWritten;
        }

        return null;
    }
}

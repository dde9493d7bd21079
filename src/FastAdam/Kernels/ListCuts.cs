using System.Runtime.CompilerServices;

namespace FastAdam.Kernels;

/// <summary>A place in a list of tensors: before that element of that tensor.</summary>
internal readonly record struct ListPosition(int Tensor, nuint Element);

/// <summary>Where a list of tensors is cut for several threads: it is one line of bytes, one tensor behind the other.</summary>
internal static unsafe class ListCuts
{
    /// <summary>Bytes that go between memory and a CPU as one.</summary>
    public const uint CacheLine = 64;

    // Two cache lines of the smallest elements: some CPUs fetch them in pairs.
    private const uint Grain = 64;

    /// <summary>
    /// The cut at that many bytes of the list, or a little before, so that no cache line of an array that is written lies on both
    /// sides of it wherever the arrays' addresses allow that. They do where all are aligned to cache lines, or all off by as many
    /// elements. Other cuts cost time, and are right: the elements on both sides are different ones.
    /// </summary>
    /// <param name="tensors">The list.</param>
    /// <param name="ends">For each tensor, the bytes of the list up to its end.</param>
    /// <param name="bytes">Where to cut.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ListPosition At(ReadOnlySpan<TensorWork> tensors, ReadOnlySpan<ulong> ends, ulong bytes)
    {
        int tensor = FirstEndBehind(ends, bytes);
        if (tensor == tensors.Length)
        {
            return new ListPosition(tensor, 0);
        }

        ref readonly TensorWork work = ref tensors[tensor];
        ulong start = ends[tensor] - work.Bytes;
        return new ListPosition(tensor, Aligned(work, (nuint)((bytes - start) / work.ElementBytes)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int FirstEndBehind(ReadOnlySpan<ulong> ends, ulong bytes)
    {
        int low = 0;
        int high = ends.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            (low, high) = ends[middle] > bytes ? (low, middle) : (middle + 1, high);
        }

        return low;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nuint Aligned(in TensorWork work, nuint element)
    {
        nuint phase = Phase(work);
        nuint aligned = (element + phase) & ~(nuint)(Grain - 1);
        return aligned <= phase ? 0 : aligned - phase;
    }

    /// <summary>Elements between a start of a cache line and the first element, in the array that is written and has the smallest
    /// elements: where its lines end, those of larger elements do, if any cut is right for both.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nuint Phase(in TensorWork work)
    {
        (nuint address, nuint size) = ((nuint)work.Streams.Parameters, Size(work.Key.Parameters));
        (address, size) = Size(work.Key.ExpAvg) < size ? ((nuint)work.Streams.ExpAvg, Size(work.Key.ExpAvg)) : (address, size);
        (address, size) = Size(work.Key.ExpAvgSq) < size
            ? ((nuint)work.Streams.ExpAvgSq, Size(work.Key.ExpAvgSq))
            : (address, size);
        return address % CacheLine / size;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nuint Size(ElementType type) => (nuint)KernelRegistry.ElementSize(type);
}

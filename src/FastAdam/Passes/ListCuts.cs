using System.Runtime.CompilerServices;
using FastAdam.Kernels;

namespace FastAdam.Passes;

/// <summary>A place in a list of tensors: before that element of that tensor.</summary>
internal readonly record struct ListPosition(nuint Tensor, nuint Element);

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
    /// <param name="count">How many tensors there are.</param>
    /// <param name="bytes">Where to cut.</param>
    /// <param name="wholeBlocks">Whether no block of a tensor may lie on both sides, whatever the cache lines.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ListPosition At(
        TensorWork* tensors, ulong* ends, nuint count, ulong bytes, bool wholeBlocks = false)
    {
        nuint tensor = FirstEndBehind(ends, count, bytes);
        if (tensor == count)
        {
            return new ListPosition(tensor, 0);
        }

        ref readonly TensorWork work = ref tensors[tensor];
        ulong start = ends[tensor] - work.Bytes;
        nuint element = (nuint)((bytes - start) / work.ElementBytes);
        if (!work.Key.Types.ArePlain)
        {
            element &= ~(nuint)(ElementTypes.BlockLength - 1);
            return new ListPosition(tensor, wholeBlocks ? element & ~(nuint)(LaneSums.BlockLength - 1) : element);
        }

        return new ListPosition(
            tensor, wholeBlocks ? element & ~(nuint)(LaneSums.BlockLength - 1) : Aligned(work, element));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nuint FirstEndBehind(ulong* ends, nuint count, ulong bytes)
    {
        nuint low = 0;
        nuint high = count;
        while (low < high)
        {
            nuint middle = (low + high) >>> 1;
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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static nuint Phase(in TensorWork work)
    {
        nuint address = (nuint)work.Arrays.Parameters;
        nuint size = work.Key.Size(ArrayRole.Parameters);
        for (ArrayRole role = ArrayRole.FirstState; (int)role < ArrayRoles.Count; role++)
        {
            if (work.Key.Has(role) && work.Key.Size(role) < size)
            {
                address = (nuint)work.Arrays[role];
                size = work.Key.Size(role);
            }
        }

        return address % CacheLine / size;
    }
}

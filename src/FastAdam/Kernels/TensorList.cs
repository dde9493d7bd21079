using System.Buffers;
using FastAdam.Rules;

namespace FastAdam.Kernels;

/// <summary>One tensor of a list: its arrays and the kernel for them.</summary>
internal readonly record struct TensorWork(KernelKey Key, Streams Streams);

/// <summary>Several tensors that make one step together.</summary>
internal static unsafe class TensorList
{
    /// <summary>
    /// Whether an array that is written shares a byte with any other array of the list. Gradients, which are only read, may be
    /// shared.
    /// </summary>
    public static bool HasOverlap(ReadOnlySpan<TensorWork> tensors)
    {
        Extent[] extents = ArrayPool<Extent>.Shared.Rent(4 * tensors.Length);
        try
        {
            int count = 0;
            foreach (TensorWork tensor in tensors)
            {
                Streams streams = tensor.Streams;
                if (streams.Length != 0)
                {
                    extents[count++] = Extent.Of(streams.Parameters, tensor.Key.Parameters, streams.Length, isWritten: true);
                    extents[count++] = Extent.Of(streams.Gradients, tensor.Key.Gradients, streams.Length, isWritten: false);
                    extents[count++] = Extent.Of(streams.ExpAvg, tensor.Key.ExpAvg, streams.Length, isWritten: true);
                    extents[count++] = Extent.Of(streams.ExpAvgSq, tensor.Key.ExpAvgSq, streams.Length, isWritten: true);
                }
            }

            // In the order of their starts, an array overlaps an earlier one exactly if it starts before the last of those ends.
            Array.Sort(extents, 0, count);
            nuint end = 0;
            nuint writtenEnd = 0;
            foreach (Extent extent in extents.AsSpan(0, count))
            {
                if (extent.First < (extent.IsWritten ? end : writtenEnd))
                {
                    return true;
                }

                end = nuint.Max(end, extent.End);
                writtenEnd = extent.IsWritten ? nuint.Max(writtenEnd, extent.End) : writtenEnd;
            }

            return false;
        }
        finally
        {
            ArrayPool<Extent>.Shared.Return(extents);
        }
    }

    /// <summary>Runs every tensor's kernel. Everything has been checked.</summary>
    public static void Run(ReadOnlySpan<TensorWork> tensors, in AdamConstants constants)
    {
        foreach (ref readonly TensorWork tensor in tensors)
        {
            if (tensor.Streams.Length != 0)
            {
                KernelRegistry.Run(tensor.Key, tensor.Streams, constants);
            }
        }
    }

    private readonly record struct Extent(nuint First, nuint End, bool IsWritten) : IComparable<Extent>
    {
        public static Extent Of(byte* start, ElementType type, nuint length, bool isWritten) =>
            new((nuint)start, (nuint)start + (length * (nuint)KernelRegistry.ElementSize(type)), isWritten);

        public int CompareTo(Extent other) => First.CompareTo(other.First);
    }
}

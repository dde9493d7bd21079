using System.Runtime.InteropServices;

namespace FastAdam.Memory;

/// <summary>
/// Memory for one array: zeroed, aligned to 64 bytes, and started where <see cref="Stagger"/> says. Large blocks are pages of
/// their own, since memory that was in use before has its pages already, of whatever size and place.
/// </summary>
internal static unsafe class Block
{
    private const nuint Page = 4 << 10;

    /// <summary>What lies in the bytes before a block: how to free it.</summary>
    private struct Header
    {
        /// <summary>The allocation that the block lies in.</summary>
        public void* Start;

        /// <summary>Its size, if it is pages of its own; 0 if it is the heap's.</summary>
        public nuint Mapped;
    }

    /// <param name="bytes">The size of the block; 0 gives one that has no bytes, but must be freed, too.</param>
    /// <param name="threads">How many threads may write it first; 0 for all that the process may use.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threads"/> is negative.</exception>
    /// <exception cref="OutOfMemoryException">There is no such block.</exception>
    public static byte* Allocate(nuint bytes, int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        byte* block = OperatingSystem.IsLinux() && bytes >= LinuxPages.HugePage ? OfPages(bytes) : OfHeap(bytes);
        if (block == null)
        {
#pragma warning disable CA2201 // It is the runtime's exception for just this.
            throw new OutOfMemoryException($"A block of {bytes} bytes could not be allocated.");
#pragma warning restore CA2201
        }

        FirstTouch.Zero(block, bytes, threads);
        return block;
    }

    /// <param name="block">Of <see cref="Allocate"/>, on any thread; null is left alone.</param>
    public static void Free(byte* block)
    {
        if (block == null)
        {
            return;
        }

        Header header = *HeaderOf(block);
        if (header.Mapped == 0)
        {
            NativeMemory.Free(header.Start);
        }
        else
        {
            LinuxPages.Unmap(header.Start, header.Mapped);
        }
    }

    private static byte* OfPages(nuint bytes)
    {
        nuint size = SizeFor(bytes, LinuxPages.HugePage);
        void* start = size < bytes ? null : LinuxPages.Map(size);
        if (start == null)
        {
            return null;
        }

        byte* block = Place(start, size, LinuxPages.HugePage);
        LinuxPages.PreferHuge(start, (nuint)(block + bytes - (byte*)start));
        return block;
    }

    private static byte* OfHeap(nuint bytes)
    {
        // Within less than a page, where a block starts makes no difference that would be worth a page.
        nuint period = bytes < Page ? Stagger.Line : Page;
        nuint size = SizeFor(bytes, period);
        if (size < bytes)
        {
            return null;
        }

        try
        {
            return Place(NativeMemory.Alloc(size), 0, period);
        }
        catch (OutOfMemoryException)
        {
            // Its text does not say how much there should have been.
            return null;
        }
    }

    /// <summary>What to allocate so that <see cref="Place"/> finds room, wherever the allocation lies; wraps around.</summary>
    private static nuint SizeFor(nuint bytes, nuint period) => bytes + (nuint)sizeof(Header) + period;

    /// <summary>The first address for a block whose remainder modulo the period is the next offset's.</summary>
    private static byte* Place(void* start, nuint mapped, nuint period)
    {
        byte* block = (byte*)start + sizeof(Header);
        block += (Stagger.Next() - (nuint)block) & (period - 1);
        *HeaderOf(block) = new Header { Start = start, Mapped = mapped };
        return block;
    }

    private static Header* HeaderOf(byte* block) => (Header*)block - 1;
}

using System.Runtime.InteropServices;

namespace FastAdam.Benchmarks.Contenders;

/// <summary>
/// Memory for arrays, from the operating system and never used before, so that all kernels get theirs alike: aligned to 2 MiB
/// and, on Linux, in huge pages where the system grants them.
/// </summary>
internal sealed unsafe partial class Memory : IDisposable
{
    private const int HugePage = 2 << 20;

    private readonly void* _mapping;
    private readonly nuint _mappingLength;

    /// <param name="length">Bytes.</param>
    /// <param name="prefersHuge">False for small pages.</param>
    public Memory(long length, bool prefersHuge = true)
    {
        if (!OperatingSystem.IsLinux())
        {
            _mapping = NativeMemory.AlignedAlloc((nuint)length, HugePage);
            Start = (byte*)_mapping;
            return;
        }

        const int ReadWrite = 3;
        const int PrivateAnonymous = 0x22;
        const int AdviseHugePages = 14;
        const int AdviseSmallPages = 15;
        _mappingLength = (nuint)length + (2 * HugePage);
        _mapping = Map(null, _mappingLength, ReadWrite, PrivateAnonymous, -1, 0);
        if ((nint)_mapping == -1)
        {
            throw new InvalidOperationException($"There is no memory for {length} bytes of arrays.");
        }

        Start = (byte*)(((nuint)_mapping + HugePage - 1) & ~(nuint)(HugePage - 1));
        nuint pages = ((nuint)length + HugePage - 1) & ~(nuint)(HugePage - 1);

        // Only advice: without huge pages it works too.
        _ = Advise(Start, pages, prefersHuge ? AdviseHugePages : AdviseSmallPages);
    }

    public byte* Start { get; }

    public void Dispose()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = Unmap(_mapping, _mappingLength);
        }
        else
        {
            NativeMemory.AlignedFree(_mapping);
        }
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial void* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(void* address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);
}

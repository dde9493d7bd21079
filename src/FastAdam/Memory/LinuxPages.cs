using System.Runtime.InteropServices;

namespace FastAdam.Memory;

/// <summary>Fresh pages of Linux, huge ones where it grants them.</summary>
internal static unsafe partial class LinuxPages
{
    /// <summary>Bytes; on arm64 with pages of 4 KiB, too.</summary>
    public const int HugePage = 2 << 20;

    private const int ProtReadWrite = 1 | 2;
    private const int MapPrivateAnonymous = 2 | 0x20;
    private const int AdviseHugePage = 14;

    /// <summary>Null where there is no memory.</summary>
    public static void* Map(nuint bytes)
    {
        void* pages = MMap(null, bytes, ProtReadWrite, MapPrivateAnonymous, -1, 0);
        return (nint)pages == -1 ? null : pages;
    }

    /// <summary>Asks for huge pages, which not every system has.</summary>
    /// <param name="pages">The start of a mapping.</param>
    /// <param name="bytes">How many of its bytes will be used: a huge page that reached beyond them would be wasted.</param>
    public static void PreferHuge(void* pages, nuint bytes) => _ = MAdvise(pages, bytes, AdviseHugePage);

    public static void Unmap(void* pages, nuint bytes) => _ = MUnmap(pages, bytes);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial void* MMap(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int MAdvise(void* address, nuint length, int advice);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int MUnmap(void* address, nuint length);
}

using System.ComponentModel;
using System.Runtime.InteropServices;

namespace FastAdam.Tests.Support;

/// <summary>
/// Pages between two that may not be touched: a read or write of a single byte outside of them ends the process.
/// </summary>
internal sealed unsafe partial class GuardedMemory : IDisposable
{
    private readonly byte* _mapping;
    private readonly nuint _pageSize = (nuint)Environment.SystemPageSize;

    public GuardedMemory(int capacity)
    {
        Size = ((nuint)capacity + _pageSize - 1) / _pageSize * _pageSize;
        nuint total = Size + (2 * _pageSize);
        if (OperatingSystem.IsWindows())
        {
            _mapping = VirtualAlloc(null, total, MemCommitReserve, PageNoAccess);
            Require(_mapping != null);
        }
        else
        {
            int anonymous = OperatingSystem.IsMacOS() ? 0x1000 : 0x20;
            _mapping = Map(null, total, 0, MapPrivate | anonymous, -1, 0);
            Require((nint)_mapping != -1);
        }

        Protect(writable: true);
    }

    public nuint Size { get; }

    /// <summary>The first byte; the one before it is out of bounds.</summary>
    public byte* Start => _mapping + _pageSize;

    /// <summary>Where an array of that many bytes starts that ends at the guard page.</summary>
    public byte* AtEnd(int bytes) => Start + Size - bytes;

    public void Protect(bool writable)
    {
        if (OperatingSystem.IsWindows())
        {
            Require(VirtualProtect(Start, Size, writable ? PageReadWrite : PageReadOnly, out _) != 0);
        }
        else
        {
            Require(ChangeProtection(Start, Size, writable ? ProtRead | ProtWrite : ProtRead) == 0);
        }
    }

    public void Dispose()
    {
        if (OperatingSystem.IsWindows())
        {
            _ = VirtualFree(_mapping, 0, MemRelease);
        }
        else
        {
            _ = Unmap(_mapping, Size + (2 * _pageSize));
        }
    }

    private const int ProtRead = 1;
    private const int ProtWrite = 2;
    private const int MapPrivate = 2;
    private const uint MemCommitReserve = 0x3000;
    private const uint MemRelease = 0x8000;
    private const uint PageNoAccess = 1;
    private const uint PageReadOnly = 2;
    private const uint PageReadWrite = 4;

    private static void Require(bool done)
    {
        if (!done)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial byte* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int ChangeProtection(void* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int Unmap(void* address, nuint length);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial byte* VirtualAlloc(void* address, nuint size, uint type, uint protection);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial int VirtualProtect(void* address, nuint size, uint protection, out uint before);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial int VirtualFree(void* address, nuint size, uint type);
}

using System.ComponentModel;
using System.Runtime.InteropServices;

namespace FastAdam.Tests.Support;

/// <summary>
/// More address space than memory (Linux): the same few pages over and over, and pages of their own at the end. For arrays of
/// more elements than an int counts.
/// </summary>
internal sealed unsafe partial class RepeatedMemory : IDisposable
{
    private const long ChunkSize = 64 << 20;

    private readonly byte* _mapping;
    private readonly nuint _size;

    /// <param name="size">Bytes that are wanted; the array ends where they do.</param>
    public RepeatedMemory(long size)
    {
        long chunks = (size + ChunkSize - 1) / ChunkSize;
        _size = (nuint)(chunks * ChunkSize);
        int file = CreateMemoryFile("fastadam-test", 0);
        Require(file >= 0);
        Require(Truncate(file, 2 * (nint)ChunkSize) == 0);
        _mapping = Map(null, _size, 0, MapPrivate | MapAnonymous | MapNoReserve, -1, 0);
        Require((nint)_mapping != -1);
        for (long chunk = 0; chunk < chunks; chunk++)
        {
            nint offset = chunk == chunks - 1 ? (nint)ChunkSize : 0;
            byte* place = _mapping + (chunk * ChunkSize);
            Require(Map(place, (nuint)ChunkSize, ProtRead | ProtWrite, MapShared | MapFixed | MapPopulate, file, offset) == place);
        }

        _ = Close(file);
        Start = _mapping + (_size - (nuint)size);
    }

    public byte* Start { get; }

    public void Dispose() => _ = Unmap(_mapping, _size);

    private const int ProtRead = 1;
    private const int ProtWrite = 2;
    private const int MapShared = 1;
    private const int MapPrivate = 2;
    private const int MapFixed = 0x10;
    private const int MapAnonymous = 0x20;
    private const int MapNoReserve = 0x4000;
    private const int MapPopulate = 0x8000;

    private static void Require(bool done)
    {
        if (!done)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int CreateMemoryFile(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    private static partial int Truncate(int file, nint length);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int file);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial byte* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(void* address, nuint length);
}

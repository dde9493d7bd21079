using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace FastAdam.Checkpoints;

/// <summary>What .NET does not know of files on Unix.</summary>
internal static unsafe partial class UnixFiles
{
    private const int NotSupportedByFileSystem = 22; // EINVAL, on Linux and macOS

    private const int CurrentFolder = -100; // AT_FDCWD of Linux
    private const uint TypeOfFile = 1; // STATX_TYPE
    private const int BytesOfStatx = 256;
    private const int OffsetOfMode = 28;
    private const int TypeBits = 0xF000;
    private const int OrdinaryFile = 0x8000;

    // O_CLOEXEC: a process that is started meanwhile does not inherit it.
    private static readonly int _openFlags =
        OperatingSystem.IsLinux() ? 0x80000 : OperatingSystem.IsMacOS() ? 0x1000000 : 0;

    /// <summary>Has the names in a folder written to the disk. Does nothing where the folder may not be opened, or its file system knows no
    /// such thing.</summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public static void FlushFolder(string folder)
    {
        int descriptor = Open(folder, _openFlags);
        if (descriptor < 0)
        {
            return;
        }

        int result = FSync(descriptor);
        int error = Marshal.GetLastPInvokeError();
        _ = Close(descriptor);
        if (result != 0 && error != NotSupportedByFileSystem)
        {
            throw new IOException($"{folder} could not be flushed to the disk: {Marshal.GetPInvokeErrorMessage(error)}.");
        }
    }

    /// <summary>Whether a path is an ordinary file, or nothing yet: not a device or a pipe, which renaming would replace as well.</summary>
    [SupportedOSPlatform("linux")]
    public static bool MayReplace(string path)
    {
        byte* status = stackalloc byte[BytesOfStatx];
        try
        {
            return Statx(CurrentFolder, path, 0, TypeOfFile, status) != 0
                || (*(ushort*)(status + OffsetOfMode) & TypeBits) == OrdinaryFile;
        }
        catch (EntryPointNotFoundException)
        {
            return true; // an old C library
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, byte* status);
}

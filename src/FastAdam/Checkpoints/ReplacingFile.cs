using System.Buffers;
using System.Globalization;

namespace FastAdam.Checkpoints;

/// <summary>A file that is written beside another one, and takes its place when it is whole and on the disk.</summary>
internal sealed class ReplacingFile : IDisposable
{
    private const string Extension = ".fastadam-tmp";
    private const int Digits = 16;
    private const int Attempts = 8;

    // Younger ones may be another process' that saves there: one that is looked at just when it takes the file's place would be locked
    // for a moment, and readers would fail.
    private static readonly TimeSpan _leastAge = TimeSpan.FromMinutes(5);

    private static readonly SearchValues<char> _digits = SearchValues.Create("0123456789abcdef");

    // Those that begin with a dot are hidden.
    private static readonly EnumerationOptions _allFiles = new() { AttributesToSkip = FileAttributes.None };

    private readonly string _target;
    private readonly string _temporary;
    private readonly UnixFileMode? _mode;
    private readonly FileStream _stream;
    private bool _isReplaced;

    /// <param name="path">The file to replace, which need not exist.</param>
    /// <param name="bytes">How many will be written: where they have no room, nothing is.</param>
    public ReplacingFile(string path, long bytes)
    {
        _target = Target(path);
        if (!OperatingSystem.IsWindows() && File.Exists(_target))
        {
            _mode = File.GetUnixFileMode(_target);
        }

        DeleteLeftOvers(_target);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,

            // Readers may open it as soon as it is in its place; nobody can have it for himself before it is closed.
            Share = FileShare.Read | FileShare.Delete,
            PreallocationSize = bytes,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows() && _mode is UnixFileMode mode)
        {
            // Nobody else may read what nobody else may read later.
            options.UnixCreateMode = mode | UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        _stream = Create(_target, options);
        _temporary = _stream.Name;
    }

    /// <summary>Bytes written so far.</summary>
    public long Length { get; private set; }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _stream.Write(bytes);
        }
        catch (ArgumentOutOfRangeException fault)
        {
            // What .NET makes of a limit for files (EFBIG).
            throw new IOException($"{_target} would be longer than files may be here.", fault);
        }
        catch (IOException fault)
        {
            throw Named(fault, _temporary, _target);
        }

        Length += bytes.Length;
    }

    /// <summary>Puts the file in its place. Only flushing the folder can fail afterwards.</summary>
    public void Replace()
    {
        try
        {
            if (!OperatingSystem.IsWindows() && _mode is UnixFileMode mode)
            {
                File.SetUnixFileMode(_stream.SafeFileHandle, mode);
            }

            _stream.Flush(flushToDisk: true);
            File.Move(_temporary, _target, overwrite: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Named(fault, _temporary, _target);
        }

        _isReplaced = true;
        _stream.Dispose();
        if (!OperatingSystem.IsWindows())
        {
            UnixFiles.FlushFolder(Folder(_target));
        }
    }

    /// <summary>Deletes it where it has not taken its place.</summary>
    public void Dispose()
    {
        _stream.Dispose();
        if (!_isReplaced)
        {
            Delete(_temporary);
        }
    }

    /// <summary>The file that a path leads to.</summary>
    private static string Target(string path)
    {
        var file = new FileInfo(path);
        string target = file.LinkTarget is null ? file.FullName : file.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
        if (Directory.Exists(target) || Path.EndsInDirectorySeparator(target))
        {
            throw new UnauthorizedAccessException($"{path} is a folder, not a file.");
        }

        return OperatingSystem.IsLinux() && !UnixFiles.MayReplace(target)
            ? throw new IOException($"{path} is no ordinary file, and so cannot be replaced by one.") : target;
    }

    private static string Folder(string file) => Path.GetDirectoryName(file)!;

    private static string Prefix(string target) => $".{Path.GetFileName(target)}.";

    /// <summary>A new file with a name of its own, which others leave alone for as long as it is open.</summary>
    private static FileStream Create(string target, FileStreamOptions options)
    {
        for (int attempt = 1; ; attempt++)
        {
            string digits = Random.Shared.NextInt64().ToString("x16", CultureInfo.InvariantCulture);
            string path = Path.Combine(Folder(target), Prefix(target) + digits + Extension);
            try
            {
                var stream = new FileStream(path, options);
                if (File.Exists(path))
                {
                    return stream;
                }

                stream.Dispose();
            }
            catch (IOException) when (attempt < Attempts)
            {
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                throw Named(fault, path, target);
            }

            // Another process that saves there has taken it for a left-over one, before it was known to be open.
        }
    }

    /// <summary>An error that names the file that is to be saved, instead of the one that is written first.</summary>
    private static Exception Named(Exception fault, string temporary, string target)
    {
        string message = fault.Message.Replace(temporary, target, StringComparison.Ordinal);
        return fault is IOException ? new IOException(message, fault) { HResult = fault.HResult } : new UnauthorizedAccessException(message, fault);
    }

    /// <summary>Deletes what killed processes have left: what nobody has written for some minutes, and nobody has open.</summary>
    private static void DeleteLeftOvers(string target)
    {
        string prefix = Prefix(target);
        foreach (string file in Directory.EnumerateFiles(Folder(target), $".*{Extension}", _allFiles))
        {
            string name = Path.GetFileName(file);
            if (name.Length == prefix.Length + Digits + Extension.Length
                && name.StartsWith(prefix, StringComparison.Ordinal)
                && !name.AsSpan(prefix.Length, Digits).ContainsAnyExcept(_digits)
                && DateTime.UtcNow - File.GetLastWriteTimeUtc(file) >= _leastAge)
            {
                DeleteUnused(file);
            }
        }
    }

    private static void DeleteUnused(string file)
    {
        try
        {
            // Fails where it is open elsewhere.
            using (new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose))
            {
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // It is open, gone, or another user's: the save does not depend on it.
        }
    }

    private static void Delete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The exception that led here says more.
        }
    }
}

using FastAdam.Tests.Support;
using Xunit;

#pragma warning disable xUnit1051 // A save here takes milliseconds.
namespace FastAdam.Tests.Checkpoints;

/// <summary>A save leaves the old file or the new one, and nothing beside it.</summary>
public sealed unsafe class ReplacingFileTests : IDisposable
{
    private const int Length = 20 << 20;

    private readonly TemporaryFolder _folder = new();
    private readonly AlignedBuffer<byte> _data = new(Length);

    private string File1 => _folder.File("a.safetensors");

    public void Dispose()
    {
        _data.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Progress_goes_from_0_to_the_whole_file()
    {
        var reports = new Reports();
        Save(File1, progress: reports);
        Assert.Equal(3, reports.All.Count);
        Assert.Equal(reports.All.Select(x => x.BytesDone).Order(), reports.All.Select(x => x.BytesDone));
        Assert.All(reports.All, x => Assert.Equal(new FileInfo(File1).Length, x.BytesTotal));
        Assert.Equal(reports.All[^1].BytesTotal, reports.All[^1].BytesDone);
    }

    [Fact]
    public void An_error_on_the_way_leaves_the_old_file_alone()
    {
        Old(File1);
        Assert.Throws<TimeZoneNotFoundException>(() => Save(File1, progress: new Reports(_ =>
        {
            Assert.Equal(2, _folder.Names.Count());
            throw new TimeZoneNotFoundException();
        })));
        AssertOld();
        using var source = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Save(File1, new Reports(_ => source.Cancel()), source.Token));
        AssertOld();
        Assert.Throws<OperationCanceledException>(() => Save(File1, cancellationToken: source.Token));
        AssertOld();
    }

    [Fact]
    public void A_file_without_room_leaves_the_old_file_alone()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The limit is set by Linux' shell.");
        TestProcess.SkipUnderEmulation();
        Old(File1);
        Assert.Equal("IOException", SavingProcess.SaveTooMuch(File1, 1 << 20));
        AssertOld();
    }

    [Fact]
    public void Places_where_no_file_can_be_are_refused()
    {
        Assert.Throws<DirectoryNotFoundException>(() => Save(_folder.File("none/a")));
        UnauthorizedAccessException folder = Assert.Throws<UnauthorizedAccessException>(() => Save(_folder.Path));
        Assert.Equal($"{_folder.Path} is a folder, not a file.", folder.Message);
        Assert.Throws<UnauthorizedAccessException>(() => Save(_folder.Path + Path.DirectorySeparatorChar));
        Assert.Throws<ArgumentException>(() => Save(""));

        // The name of the file that is written first is longer.
        string longName = _folder.File(new string('a', 250));
        IOException tooLong = Assert.ThrowsAny<IOException>(() => Save(longName));
        Assert.Contains(longName, tooLong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(".fastadam-tmp", tooLong.Message, StringComparison.Ordinal);
        Assert.Empty(_folder.Names);
        if (OperatingSystem.IsLinux())
        {
            IOException device = Assert.Throws<IOException>(() => Save("/dev/null"));
            Assert.Equal("/dev/null is no ordinary file, and so cannot be replaced by one.", device.Message);
        }
    }

    [Fact]
    public void A_link_stays_and_its_file_is_replaced()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need rights there.");
        Directory.CreateDirectory(_folder.File("other"));
        Old(_folder.File("other/file"));
        File.CreateSymbolicLink(_folder.File("second"), "other/file");
        File.CreateSymbolicLink(File1, "second");
        Save(File1);
        Assert.Equal("second", new FileInfo(File1).LinkTarget);
        Assert.True(new FileInfo(_folder.File("other/file")).Length > Length);
        Assert.Equal(["a.safetensors", "other", "second"], _folder.Names);
        Assert.Single(Directory.GetFileSystemEntries(_folder.File("other")));

        File.CreateSymbolicLink(_folder.File("to nothing"), "other/new");
        Save(_folder.File("to nothing"));
        Assert.True(new FileInfo(_folder.File("other/new")).Length > Length);
    }

    [Fact]
    public void Permissions_are_the_old_files_or_the_processs()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "It has none of that kind.");
        Old(_folder.File("like any"));
        Save(File1);
        Assert.Equal(Mode(_folder.File("like any")), Mode(File1));
        foreach (UnixFileMode mode in (UnixFileMode[])
            [
                UnixFileMode.UserRead | UnixFileMode.UserWrite,
                UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite,
            ])
        {
            SetMode(File1, mode);
            Save(File1, new Reports(_ => Assert.Equal(
                (UnixFileMode)0,
                Mode(Directory.GetFiles(_folder.Path, ".*").Single()) & ~(mode | UnixFileMode.UserWrite))));
            Assert.Equal(mode, Mode(File1));
        }
    }

    [Fact]
    public void What_killed_processes_left_is_deleted_and_nothing_else()
    {
        string[] kept =
        [
            ".a.safetensors.0123456789abcde.fastadam-tmp", ".a.safetensors.0123456789abcdeg.fastadam-tmp",
            ".a.safetensors.0123456789abcdef.tmp", ".b.safetensors.0123456789abcdef.fastadam-tmp",
            "a.safetensors.0123456789abcdef.fastadam-tmp",
        ];
        string[] left = [".a.safetensors.0123456789abcdef.fastadam-tmp", ".a.safetensors.fedcba9876543210.fastadam-tmp"];
        string open = ".a.safetensors.1111111111111111.fastadam-tmp";
        string young = ".a.safetensors.2222222222222222.fastadam-tmp";
        Array.ForEach([.. kept, .. left, open, young], x => Old(_folder.File(x)));
        Array.ForEach([.. kept, .. left, open], x => Age(x, minutes: 6));
        Age(young, minutes: 3);
        using (new FileStream(_folder.File(open), FileMode.Open, FileAccess.ReadWrite, FileShare.Read))
        {
            Save(File1);
            Assert.Equal([.. ((string[])[.. kept, open, young, "a.safetensors"]).Order(StringComparer.Ordinal)], _folder.Names);
        }

        Save(File1);
        Assert.Equal([.. ((string[])[.. kept, young, "a.safetensors"]).Order(StringComparer.Ordinal)], _folder.Names);

        void Age(string name, int minutes) => File.SetLastWriteTimeUtc(_folder.File(name), DateTime.UtcNow.AddMinutes(-minutes));
    }

    [Fact]
    public void A_file_that_is_open_stays_whole_for_its_reader()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "A file that is mapped cannot be replaced there.");
        _data.Span[^1] = 1;
        Save(File1);
        using var reader = new SafeTensorsReader(File1);
        _data.Span[^1] = 2;
        Save(File1);
        Assert.Equal(1, reader["data"].Bytes[^1]);
        using var second = new SafeTensorsReader(File1);
        Assert.Equal(2, second["data"].Bytes[^1]);
    }

    [Fact]
    public void Threads_that_save_to_one_path_do_not_disturb_each_other()
    {
        Parallel.For(0, 4, thread =>
        {
            for (int i = 0; i < 25; i++)
            {
                long number = thread;
                SafeTensorsWriter.Save(
                    File1,
                    [new SafeTensor("a", SafeTensorType.I64, [], &number), new SafeTensor("b", SafeTensorType.I64, [], &number)]);
                using var reader = new SafeTensorsReader(File1);
                Assert.Equal(reader["a"].Bytes, reader["b"].Bytes);
            }
        });
        Assert.Equal(["a.safetensors"], _folder.Names);
    }

    private static void Old(string path) => File.WriteAllText(path, "old");

#pragma warning disable CA1416 // Only where there are such permissions.
    private static UnixFileMode Mode(string path) => File.GetUnixFileMode(path);

    private static void SetMode(string path, UnixFileMode mode) => File.SetUnixFileMode(path, mode);
#pragma warning restore CA1416

    private void AssertOld()
    {
        Assert.Equal("old", File.ReadAllText(File1));
        Assert.Equal(["a.safetensors"], _folder.Names);
    }

    private void Save(string path, IProgress<SaveProgress>? progress = null, CancellationToken cancellationToken = default) =>
        SafeTensorsWriter.Save(
            path, [new SafeTensor("data", SafeTensorType.U8, [Length], _data.Pointer)], null, progress, cancellationToken);

    private sealed class Reports(Action<SaveProgress>? action = null) : IProgress<SaveProgress>
    {
        public List<SaveProgress> All { get; } = [];

        public void Report(SaveProgress value)
        {
            All.Add(value);
            action?.Invoke(value);
        }
    }
}

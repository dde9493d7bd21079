using System.Diagnostics;
using System.IO.Compression;
using System.Text.RegularExpressions;
using FastAdam.Machines.Tests;
using Xunit;

namespace FastAdam.Release.Tests;

/// <summary>The Python wheels, installed as a stranger installs them.</summary>
public sealed partial class WheelTests(ITestOutputHelper output) : IDisposable
{
    // Steps of several optimizers and formats; the digest of all their results.
    private const string Bits = """
        import hashlib
        import fastadam, numpy as np
        random, digest = np.random.default_rng(0), hashlib.sha256()
        for kind in (fastadam.AdamW, fastadam.Lion, fastadam.Adan):
            for options in ({}, {"state_format": "block8"}):
                optimizer = kind([random.normal(size=5003).astype(np.float32)], **options)
                for _ in range(3):
                    optimizer.step([random.normal(size=5003).astype(np.float32)])
                for array in (optimizer.params[0], *(x for x in optimizer.state[0].values() if isinstance(x, np.ndarray))):
                    digest.update(array.tobytes())
        print(fastadam.isa(), digest.hexdigest())
        """;

    // What python -m fastadam does, in the same process: QEMU takes its time to import numpy.
    private const string SelfCheck = """

        from fastadam.__main__ import main
        raise SystemExit(main(["--quick", "--elements", "4096"]))
        """;

    private readonly WorkFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("x86_64")]
    [InlineData("aarch64")]
    public void Platform_is_that_of_the_libraries(string machine)
    {
        string wheel = machine == "x86_64" ? Wheel.X64() : Wheel.Arm64();
        Match name = WheelName().Match(Path.GetFileName(wheel));
        Assert.True(name.Success, wheel);
        Assert.Equal(Release.Version, name.Groups["version"].Value);
        ZipFile.ExtractToDirectory(wheel, _folder.Path);

        // By other means than the maker of the wheel has: the linker's own reader.
        Assert.SkipUnless(Command.Exists("readelf"), "readelf is not installed (binutils).");
        string[] libraries = Directory.GetFiles(Path.Combine(_folder.Path, "fastadam", "lib"));
        Assert.Equal(machine == "x86_64" ? 4 : 2, libraries.Length);
        (_, string read) = Command.Run("readelf", ["--version-info", "--dynamic", "--file-header", "--wide", .. libraries]);
        Assert.Equal(libraries.Length, Regex.Count(read, machine == "x86_64" ? "Machine:.*X86-64" : "Machine:.*AArch64"));
        Assert.Equal(int.Parse(name.Groups["glibc"].Value, null), GlibcVersion().Matches(read).Max(x => int.Parse(x.Groups[1].Value, null)));
        Assert.All(
            NeededLibrary().Matches(read).Select(x => x.Groups[1].Value),
            library => Assert.Matches(@"^(libc\.so\.6|libm\.so\.6|libdl\.so\.2|libpthread\.so\.0|ld-linux-.*)$", library));
    }

    [Fact]
    public void New_user_trains()
    {
        long start = Stopwatch.GetTimestamp();
        string python = Wheel.NewEnvironment(_folder.Path, "numpy");
        Installed(Wheel.Install(python, Wheel.X64()));
        Assert.Equal("3.00 -1.00\n", Wheel.Run(python, "-c", Example(0)));
        output.WriteLine($"From nothing to a trained model, with numpy: {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s");

        Assert.StartsWith(Path.Combine(_folder.Path, "environment"), Wheel.Run(python, "-c", "import fastadam; print(fastadam.__file__)"));
        Assert.EndsWith("\nAll checks hold.\n", Wheel.Run(python, "-W", "error", "-m", "fastadam", "--quick"));
        Assert.Contains($"Version: {Release.Version}\n", Wheel.Run(python, "-m", "pip", "show", "fastadam"));
        Wheel.Run(python, "-m", "pip", "uninstall", "--yes", "fastadam");
        Assert.Empty(Directory.GetDirectories(Path.Combine(_folder.Path, "environment"), "fastadam*", SearchOption.AllDirectories));
    }

    [Fact]
    public void New_user_trains_with_PyTorch()
    {
        long start = Stopwatch.GetTimestamp();
        string python = Wheel.NewEnvironment(_folder.Path, "numpy", "torch");
        Installed(Wheel.Install(python, Wheel.X64() + "[torch]"));
        Assert.Equal("more than 95 % are right: True\n", Wheel.Run(python, "-c", Example(1)));
        output.WriteLine($"From nothing to a trained model, with PyTorch: {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s");
    }

    [Fact]
    public void Arm64_computes_the_same_bits()
    {
        string host = Wheel.NewEnvironment(_folder.Path, "numpy");
        (int exitCode, string refusal) = Wheel.Install(host, "--no-deps", Wheel.Arm64());
        Assert.NotEqual(0, exitCode);
        Assert.Contains("is not a supported wheel on this platform", refusal);

        string packages = Path.Combine(_folder.Path, "packages");
        string platform = WheelName().Match(Path.GetFileName(Wheel.Arm64())).Groups["platform"].Value;
        Installed(Wheel.Install(
            host, "--platform", platform, "--only-binary=:all:", "--no-deps", "--target", packages, Wheel.Arm64()));
        Arm64Python emulated = Arm64Python.In(Directory.CreateDirectory(Path.Combine(_folder.Path, "arm64")).FullName);
        (exitCode, string there) = emulated.Run(packages, "-c", Bits + SelfCheck);
        Assert.True(exitCode == 0, there);
        Assert.StartsWith("neon ", there);
        Assert.EndsWith("\nAll checks hold.\n", there);

        Installed(Wheel.Install(host, Wheel.X64()));
        string here = Wheel.Run(host, "-c", Bits);
        Assert.Equal(here.Split(' ')[1], there[..(there.IndexOf('\n') + 1)].Split(' ')[1]);
    }

    [Fact]
    public void Readme_names_the_wheels()
    {
        string readme = File.ReadAllText(Path.Combine(Release.Repository, "native-aot", "python", "README.md"));
        Assert.Contains(Path.GetFileName(Wheel.X64()), readme);
        Assert.Contains(Path.GetFileName(Wheel.Arm64()), readme);
    }

    private static void Installed((int ExitCode, string Output) result) => Assert.True(result.ExitCode == 0, result.Output);

    /// <summary>A program of the package's README.</summary>
    private static string Example(int index) => PythonBlock()
        .Matches(File.ReadAllText(Path.Combine(Release.Repository, "native-aot", "python", "README.md")))[index].Groups[1].Value;

    [GeneratedRegex(@"^fastadam-(?<version>[\d.]+)-py3-none-(?<platform>manylinux_2_(?<glibc>\d+)_(x86_64|aarch64))\.whl$")]
    private static partial Regex WheelName();

    [GeneratedRegex(@"\bGLIBC_2\.(\d+)")]
    private static partial Regex GlibcVersion();

    [GeneratedRegex(@"\(NEEDED\).*\[(.*)\]")]
    private static partial Regex NeededLibrary();

    [GeneratedRegex(@"^```python\n(.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex PythonBlock();
}

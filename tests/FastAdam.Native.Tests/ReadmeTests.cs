using System.Text.RegularExpressions;
using FastAdam.Machines.Tests;
using Xunit;

namespace FastAdam.Native.Tests;

/// <summary>The README's C, C++, CMake and Python, as they stand there.</summary>
public sealed partial class ReadmeTests
{
    [Fact]
    public void C()
    {
        Installation installation = Installation.Native();
        Assert.SkipUnless(Command.Exists("pkg-config"), "pkg-config is not installed.");
        string folder = Path.GetDirectoryName(Save("train.c", Block("c")))!;

        // The README's prefix, in a home of its own: without a space, which pkg-config's output does not survive unquoted.
        string home = Directory.CreateTempSubdirectory("fastadam-home-").FullName;
        Directory.CreateSymbolicLink(Path.Combine(home, "fastadam"), installation.Prefix);
        try
        {
            string output = CProgram.Run(
                "/bin/sh", ["-ec", $"cd \"$FOLDER\"\n{Block("sh")}\n./train"], ("FOLDER", folder), ("HOME", home));
            Assert.Matches(@"^success with \w+: 0\.999 2\.001 3\n$", output);
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    [Fact]
    public void Cpp_with_CMake()
    {
        Installation installation = Installation.Native();
        Assert.SkipUnless(Command.Exists("cmake"), "cmake is not installed.");
        Assert.SkipUnless(Command.Exists("c++"), "There is no C++ compiler (c++).");
        string folder = Path.GetDirectoryName(Save("train.cpp", Block("cpp")))!;
        Save("CMakeLists.txt", Block("cmake"));
        string build = Path.Combine(folder, "build");
        CProgram.Run("cmake", ["-S", folder, "-B", build, $"-DCMAKE_PREFIX_PATH={installation.Prefix}"]);
        CProgram.Run("cmake", ["--build", build]);
        Assert.Matches(@"^\w+: 0\.9899\n$", CProgram.Run(Path.Combine(build, "train"), []));
    }

    [Fact]
    public void Python() => RunPython("numpy", 0, @"^\w+ \[0\.98\d* 1\.00\d* 0\.99\d*\]\n$");

    [Fact]
    public void Python_with_PyTorch() =>
        RunPython("torch", 1, @"^weights 1\.00 1\.00, norm of the last gradients \de-\d\d\n$");

    private static void RunPython(string package, int index, string output)
    {
        Installation installation = Installation.Native();
        const string Interpreter = "/usr/bin/python3";
        Assert.SkipUnless(File.Exists(Interpreter), $"{Interpreter} is not installed.");
        Assert.SkipUnless(
            Command.Run(Interpreter, ["-c", $"import {package}"]).ExitCode == 0, $"{package} is not installed (python3-{package}).");
        Assert.Matches(output, CProgram.Run(
            Interpreter,
            ["-c", Block("python", index)],
            ("PYTHONPATH", Path.Combine(Installation.Repository, "native-aot", "python")),
            ("PYTHONDONTWRITEBYTECODE", "1"),
            ("FASTADAM_LIBRARY", Path.Combine(installation.Library, "libfastadam.so"))));
    }

    private static string Block(string language, int index = 0) => Fence()
        .Matches(File.ReadAllText(Path.Combine(Installation.Repository, "README.md")))
        .Where(match => match.Groups[1].Value == language).ElementAt(index).Groups[2].Value;

    private static string Save(string name, string text)
    {
        string folder = Directory.CreateDirectory(Path.Combine(Installation.Native().Prefix, "readme")).FullName;
        string path = Path.Combine(folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    [GeneratedRegex(@"^```(\w+)\n(.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();
}

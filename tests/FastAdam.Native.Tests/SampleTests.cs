using System.Text.RegularExpressions;
using FastAdam.Machines.Tests;
using Xunit;

namespace FastAdam.Native.Tests;

/// <summary>The samples, built the way a user builds them, and the Python package.</summary>
public sealed class SampleTests
{
    private const string Python = "/usr/bin/python3";

    private static string Samples => Path.Combine(Installation.Repository, "native-aot", "samples");

    private static string Package => Path.Combine(Installation.Repository, "native-aot", "python");

    private static string Digits =>
        Path.Combine(Installation.Repository, "benchmarks", "FastAdam.Convergence", "data", "digits.csv.gz");

    [Fact]
    public void C_sample_with_pkg_config()
    {
        Installation installation = Installation.Native();
        Assert.SkipUnless(Command.Exists("pkg-config"), "pkg-config is not installed.");
        string program = Path.Combine(installation.Prefix, "digits-c");
        Shell(
            """eval cc -std=c99 '"$SOURCE"' -o '"$PROGRAM"' "$(pkg-config --cflags --libs fastadam)" -lm -Wl,-rpath,'"$LIBRARY"' """,
            ("SOURCE", Path.Combine(Samples, "c", "digits.c")),
            ("PROGRAM", program),
            ("LIBRARY", installation.Library),
            ("PKG_CONFIG_PATH", Path.Combine(installation.Library, "pkgconfig")));
        Shell("""gzip -dc "$DIGITS" | "$PROGRAM" """, ("DIGITS", Digits), ("PROGRAM", program));
    }

    [Fact]
    public void C_and_Cpp_samples_with_CMake()
    {
        Installation installation = Installation.Native();
        Assert.SkipUnless(Command.Exists("cmake"), "cmake is not installed.");
        Assert.SkipUnless(Command.Exists("c++"), "There is no C++ compiler (c++).");
        string build = Path.Combine(installation.Prefix, "cmake build");
        CProgram.Run("cmake", ["-S", Path.Combine(Samples, "cmake"), "-B", build, $"-DCMAKE_PREFIX_PATH={installation.Prefix}"]);
        CProgram.Run("cmake", ["--build", build]);
        foreach (string program in (string[])["digits_c", "digits_cpp"])
        {
            Shell("""gzip -dc "$DIGITS" | "$PROGRAM" """, ("DIGITS", Digits), ("PROGRAM", Path.Combine(build, program)));
        }
    }

    [Fact]
    public void Python_package_and_its_wheel()
    {
        (string, string?)[] environment = PythonWith("numpy");
        Assert.Matches(@"Ran [12]\d\d tests", PythonTests("tests", environment));
        CProgram.Run(Python, [Path.Combine(Samples, "python", "digits.py"), Digits], environment);
    }

    [Fact]
    public void Python_package_with_PyTorch()
    {
        (string, string?)[] environment = PythonWith("numpy", "torch");
        Assert.Matches(@"Ran 1\d\d tests", PythonTests(Path.Combine("tests", "pytorch"), environment));
    }

    [Fact]
    public void PyTorch_benchmark()
    {
        (string, string?)[] environment = PythonWith("numpy", "torch");
        string program = Path.Combine(Installation.Repository, "benchmarks", "FastAdam.PyTorch", "train.py");
        string output = CProgram.Run(Python, [program, "--quick", "--json", "--threads", "1"], environment);
        Assert.Equal(2, Regex.Count(output, "\"within_bound\": true"));
    }

    /// <summary>The environment in which Python finds the package and the library. Skips the test where a module is missing.</summary>
    private static (string Name, string? Value)[] PythonWith(params string[] modules)
    {
        Installation installation = Installation.Native();
        Assert.SkipUnless(File.Exists(Python), $"{Python} is not installed.");
        foreach (string module in modules)
        {
            Assert.SkipUnless(
                Command.Run(Python, ["-c", $"import {module}"]).ExitCode == 0, $"{module} is not installed (python3-{module}).");
        }

        return
        [
            ("PYTHONPATH", string.Join(Path.PathSeparator, Package, Path.Combine(Package, "tests"))),
            ("PYTHONDONTWRITEBYTECODE", "1"),
            ("FASTADAM_LIBRARY", Path.Combine(installation.Library, "libfastadam.so")),
        ];
    }

    private static string PythonTests(string folder, (string Name, string? Value)[] environment) =>
        CProgram.Run(Python, ["-m", "unittest", "discover", "-s", Path.Combine(Package, folder)], environment);

    private static void Shell(string command, params (string Name, string? Value)[] environment) =>
        CProgram.Run("/bin/sh", ["-ec", command], environment);
}

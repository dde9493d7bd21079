using FastAdam.Machines.Tests;
using Xunit;

namespace FastAdam.Release.Tests;

/// <summary>Debian's Python and numpy for arm64, unpacked into a folder and run by QEMU: nothing of it is installed.</summary>
internal sealed class Arm64Python
{
    private const string Emulator = "qemu-aarch64-static";

    private readonly string _root;
    private readonly string _program;

    private Arm64Python(string root, string program)
    {
        _root = root;
        _program = program;
    }

    /// <summary>Fetches the packages of the version that this system has, too. Skips the test where they cannot be had.</summary>
    /// <param name="folder">Where they go.</param>
    public static Arm64Python In(string folder)
    {
        foreach (string program in (string[])[Emulator, "apt-get", "dpkg-deb"])
        {
            Assert.SkipUnless(Command.Exists(program), $"{program} is not installed.");
        }

        (int exitCode, string output) = Command.Run(
            Wheel.Interpreter, ["-c", "import sys; print('python%d.%d' % sys.version_info[:2], end='')"]);
        Assert.True(exitCode == 0, output);
        string name = output;
        string[] packages =
        [
            $"{name}-minimal", $"lib{name}-minimal", $"lib{name}-stdlib", "libc6", "libexpat1", "libffi8", "zlib1g",
            "python3-numpy", "libblas3", "liblapack3", "libgcc-s1", "libgfortran5",
        ];
        (exitCode, output) = Command.Run(
            "/bin/sh",
            [
                "-ec",
                """cd "$FOLDER"; apt-get download -q $PACKAGES; for package in *.deb; do dpkg-deb -x "$package" .; rm "$package"; done""",
            ],
            ("FOLDER", folder),
            ("PACKAGES", string.Join(' ', packages.Select(package => package + ":arm64"))));
        Assert.SkipUnless(exitCode == 0, $"The packages for arm64 cannot be had:\n{output}");
        return new Arm64Python(folder, Path.Combine(folder, "usr", "bin", name));
    }

    /// <summary>Runs it to its end; it finds numpy, and the packages of one more folder.</summary>
    public (int ExitCode, string Output) Run(string packages, params string[] arguments)
    {
        string libraries = Path.Combine(_root, "usr", "lib", "aarch64-linux-gnu");
        string numpy = Path.Combine(_root, "usr", "lib", "python3", "dist-packages");
        return Command.Run(
            Emulator,
            [
                "-L", _root,
                "-E", $"LD_LIBRARY_PATH={libraries}/blas:{libraries}/lapack",
                "-E", $"PYTHONPATH={packages}:{numpy}",
                _program,
                .. arguments,
            ],
            ("FASTADAM_ISA", null),
            ("FASTADAM_LIBRARY", null));
    }
}

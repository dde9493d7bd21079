using System.Runtime.InteropServices;
using Xunit;

namespace FastAdam.Machines.Tests;

/// <summary>All tests of kernels again on arm64, emulated by QEMU: the NEON kernels, in a .NET runtime of that architecture.</summary>
public sealed class Arm64Tests
{
    private const string Emulator = "qemu-aarch64-static";

    // What the runtime and the test runner load; without libssl the runner aborts.
    private static readonly string[] _libraries =
    [
        "/lib/ld-linux-aarch64.so.1",
        "/usr/lib/aarch64-linux-gnu/libstdc++.so.6",
        "/usr/lib/aarch64-linux-gnu/libssl.so.3",
    ];

    [Fact]
    public void Under_emulation()
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64,
            "Emulating arm64 is set up for x86-64 Linux only.");
        Assert.SkipUnless(Command.Exists(Emulator), $"{Emulator} is not installed (qemu-user-static).");
        foreach (string library in _libraries)
        {
            Assert.SkipUnless(File.Exists(library), $"{library} is not installed (libc6, libstdc++6 and libssl3 for arm64).");
        }

        string folder = Directory.CreateTempSubdirectory("fastadam-arm64-").FullName;
        try
        {
            string published = Path.Combine(folder, "published");
            (int exitCode, string output) = Command.Run(
                "dotnet",
                [
                    "publish", TestRun.ProjectFolder, "-c", "Release", "-r", "linux-arm64", "--self-contained",
                    "--artifacts-path", Path.Combine(folder, "build"), "-o", published,
                ]);
            Assert.SkipWhen(
                output.Contains("NU1301", StringComparison.Ordinal), "The arm64 runtime cannot be had: no package source answers.");
            Assert.True(exitCode == 0, output);

            // QEMU notices new code only in the mapping that it was written through, and the runtime's protection of its code
            // (W^X) writes through a second one: without this it now and then runs stale instructions.
            TestRun.AssertPassed(
                Command.Run(
                    Emulator,
                    [Path.Combine(published, "FastAdam.Tests"), .. TestRun.OnlyKernels],
                    ("DOTNET_EnableWriteXorExecute", "0"),
                    ("FASTADAM_TEST_SUPPORTED", "Neon Scalar"),
                    ("FASTADAM_TEST_CURRENT", "Neon"),
                    ("FASTADAM_ISA", null)),
                atLeast: 800);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

using System.Reflection;
using System.Runtime.InteropServices;
using FastAdam.Machines.Tests;
using Xunit;

namespace FastAdam.Native.Tests;

/// <summary>libfastadam as build.sh installs it, built once for all tests that ask for it.</summary>
internal sealed class Installation
{
    private static readonly Lazy<Installation> _native = new(() => Build(HostRid));
    private static readonly Lazy<Installation> _arm64 = new(() => Build("linux-arm64"));

    private Installation(string prefix) => Prefix = prefix;

    public static string Repository { get; } = Path.GetFullPath(typeof(Installation).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "Repository").Value!);

    public static string CFolder { get; } = Path.Combine(Repository, "tests", "FastAdam.Native.Tests", "c");

    public string Prefix { get; }

    public string Library => Path.Combine(Prefix, "lib");

    private static string HostRid => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "linux-arm64" : "linux-x64";

    /// <summary>For this machine. Skips the test where that cannot be built.</summary>
    public static Installation Native()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Building the C library in tests is set up for Linux only.");
        Assert.SkipUnless(Command.Exists("cc"), "There is no C compiler (cc).");
        return _native.Value;
    }

    /// <summary>For arm64, cross-compiled. Skips the test where that cannot be built or run.</summary>
    public static Installation Arm64()
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64,
            "Cross-compiling to arm64 is set up for x86-64 Linux only.");
        foreach (string program in (string[])["aarch64-linux-gnu-gcc", "clang", "lld", "qemu-aarch64-static"])
        {
            Assert.SkipUnless(Command.Exists(program), $"{program} is not installed.");
        }

        return _arm64.Value;
    }

    private static Installation Build(string rid)
    {
        // A new folder, with spaces in its name.
        string prefix = Directory.CreateTempSubdirectory($"fastadam tests {rid} ").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(prefix, recursive: true);
        (int exitCode, string output) = Command.Run(
            Path.Combine(Repository, "native-aot", "build.sh"), ["--rid", rid, "--prefix", prefix]);
        Assert.True(exitCode == 0, $"build.sh --rid {rid} ended with {exitCode}:\n{output}");
        return new Installation(prefix);
    }
}

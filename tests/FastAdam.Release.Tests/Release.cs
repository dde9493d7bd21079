using System.Reflection;
using System.Runtime.InteropServices;
using FastAdam.Machines.Tests;
using Xunit;

namespace FastAdam.Release.Tests;

/// <summary>The packages as release.sh makes them, made once for all tests; or those in the folder that FASTADAM_TEST_PACKAGES names,
/// as release.sh has made them before.</summary>
internal static class Release
{
    private static readonly Lazy<string> _folder = new(Make);

    public static string Repository { get; } = Path.GetFullPath(Metadata("Repository"));

    public static string Version { get; } = Metadata("Version");

    /// <summary>The folder with all packages. Skips the test where they cannot be made.</summary>
    public static string Packages()
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64,
            "Packages for both systems are made on x86-64 Linux.");
        return _folder.Value;
    }

    /// <summary>The one package whose name fits, such as *.nupkg.</summary>
    public static string Package(string pattern) => Directory.GetFiles(Packages(), pattern).Single();

    private static string Make()
    {
        if (Environment.GetEnvironmentVariable("FASTADAM_TEST_PACKAGES") is { Length: > 0 } made)
        {
            return made;
        }

        string folder = Directory.CreateTempSubdirectory("fastadam-release-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        (int exitCode, string output) = Command.Run(Path.Combine(Repository, "native-aot", "release.sh"), ["--out", folder]);
        Assert.True(exitCode == 0, $"release.sh ended with {exitCode}:\n{output}");
        return folder;
    }

    private static string Metadata(string key) => typeof(Release).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == key).Value!;
}

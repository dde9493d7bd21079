using Xunit;

namespace FastAdam.Release.Tests.Pages;

/// <summary>A virtual environment with the wheel in it, made once for all pages.</summary>
internal static class PythonEnvironment
{
    private static readonly Lazy<string> _programs = new(Make);

    /// <summary>Its folder of programs.</summary>
    public static string Programs => _programs.Value;

    private static string Make()
    {
        string folder = Directory.CreateTempSubdirectory("fastadam-pages-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        string python = Wheel.NewEnvironment(folder, "numpy", "torch");
        (int exitCode, string output) = Wheel.Install(python, Wheel.X64());
        Assert.True(exitCode == 0, output);
        return Path.GetDirectoryName(python)!;
    }
}

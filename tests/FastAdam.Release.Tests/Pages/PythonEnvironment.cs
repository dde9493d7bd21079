using FastAdam.Machines.Tests;
using Xunit;

namespace FastAdam.Release.Tests.Pages;

/// <summary>A virtual environment with the wheel in it, made once. numpy and PyTorch are the system's.</summary>
internal static class PythonEnvironment
{
    private static readonly Lazy<string> _path = new(Make);

    /// <summary>Its folder of programs.</summary>
    public static string Programs => Path.Combine(_path.Value, "bin");

    private static string Make()
    {
        string folder = Directory.CreateTempSubdirectory("fastadam-venv-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        Run("/usr/bin/python3", ["-m", "venv", "--system-site-packages", folder]);
        Run(Path.Combine(folder, "bin", "pip"), ["install", "-q", "--no-index", "--disable-pip-version-check", Release.Package("*manylinux*_x86_64.whl")]);
        return folder;
    }

    private static void Run(string program, string[] arguments)
    {
        (int exitCode, string output) = Command.Run(program, arguments);
        Assert.True(exitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {exitCode}:\n{output}");
    }
}

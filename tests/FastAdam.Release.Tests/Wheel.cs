using FastAdam.Machines.Tests;
using Xunit;

namespace FastAdam.Release.Tests;

/// <summary>The Python wheels of a release, and pip, which sees neither a package index nor this machine's settings of it.</summary>
internal static class Wheel
{
    public const string Interpreter = "/usr/bin/python3";

    public static string X64() => Release.Package("fastadam-*_x86_64.whl");

    public static string Arm64() => Release.Package("fastadam-*_aarch64.whl");

    /// <summary>A new virtual environment, which has the system's packages: there is no index that numpy could come from. Skips the test
    /// where these lack a module.</summary>
    /// <returns>Its interpreter.</returns>
    public static string NewEnvironment(string folder, params string[] modules)
    {
        Assert.SkipUnless(File.Exists(Interpreter), $"{Interpreter} is not installed.");
        foreach (string module in (string[])["ensurepip", .. modules])
        {
            Assert.SkipUnless(
                Command.Run(Interpreter, ["-c", $"import {module}"]).ExitCode == 0,
                $"Python's {module} is not installed (python3-venv for ensurepip, else python3-{module}).");
        }

        string environment = Path.Combine(folder, "environment");
        Run(Interpreter, "-m", "venv", "--system-site-packages", environment);
        return Path.Combine(environment, "bin", "python");
    }

    /// <summary>pip install without an index.</summary>
    public static (int ExitCode, string Output) Install(string python, params string[] arguments) =>
        Command.Run(python, ["-m", "pip", "--isolated", "--disable-pip-version-check", "install", "--no-index", .. arguments]);

    /// <summary>Runs Python as a user without a clone does.</summary>
    /// <returns>What it printed.</returns>
    public static string Run(string python, params string[] arguments)
    {
        (int exitCode, string output) = Command.Run(python, arguments);
        Assert.True(exitCode == 0, $"{python} {string.Join(' ', arguments)} ended with {exitCode}:\n{output}");
        return output;
    }
}

using System.Diagnostics;
using FastAdam.Machines.Tests;
using Xunit;

namespace FastAdam.Release.Tests;

/// <summary>A program of the folder benchmarks, built once for all tests.</summary>
/// <param name="name">Its project.</param>
internal sealed class BuiltProgram(string name)
{
    private readonly Lazy<string> _assembly = new(() => Build(name));

    /// <summary>What a shell needs to run it, before the arguments.</summary>
    public string Shell => $"dotnet '{_assembly.Value}'";

    /// <summary>Runs it to its end in an empty folder.</summary>
    public (int ExitCode, string Output, string Error) Run(string arguments)
    {
        using var folder = new WorkFolder();
        return Start("dotnet", [_assembly.Value, .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)], folder.Path);
    }

    /// <summary>Runs any program to its end, with each of its streams apart.</summary>
    public static (int ExitCode, string Output, string Error) Start(string program, IEnumerable<string> arguments, string folder)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        Command.Clean(start);
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    private static string Build(string name)
    {
        // Not beside release.sh, which builds the same libraries in the same folders.
        Release.Packages();
        string project = Path.Combine(Release.Repository, "benchmarks", name);
        (int exitCode, string output) = Command.Run("dotnet", ["build", "-c", "Release", "-m:1", project]);
        Assert.True(exitCode == 0, $"{name} cannot be built:\n{output}");
        return Path.Combine(project, "bin", "Release", "net10.0", $"{name}.dll");
    }
}

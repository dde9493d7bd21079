using System.Diagnostics;
using System.Reflection;
using Xunit;

namespace FastAdam.Machines.Tests;

/// <summary>FastAdam.Tests as a program of its own, in an environment of its own.</summary>
internal static class TestRun
{
    public static string ProjectFolder { get; } = Metadata("TestProject");

    public static string Assembly { get; } = Path.Combine(Metadata("TestOutput"), "FastAdam.Tests.dll");

    /// <summary>Runs a program to its end; its output is both of its streams.</summary>
    public static (int ExitCode, string Output) Run(
        string program, IEnumerable<string> arguments, params (string Name, string? Value)[] environment)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string? value) in environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.Result);
    }

    public static void AssertPassed((int ExitCode, string Output) run)
    {
        // The end of a failed run's output says which tests failed.
        string end = run.Output.Length > 8000 ? run.Output[^8000..] : run.Output;
        Assert.True(run.ExitCode == 0, $"exit code {run.ExitCode}\n{end}");
        Assert.Contains("Total: ", run.Output, StringComparison.Ordinal);
        TestContext.Current.TestOutputHelper?.WriteLine(end);
    }

    private static string Metadata(string key) => typeof(TestRun).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == key).Value!;
}

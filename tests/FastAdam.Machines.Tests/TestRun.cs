using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Xunit;

namespace FastAdam.Machines.Tests;

/// <summary>FastAdam.Tests as a program of its own, in an environment of its own.</summary>
internal static partial class TestRun
{
    public static string ProjectFolder { get; } = Metadata("TestProject");

    public static string Assembly => Path.Combine(TestCopy.Folder, "FastAdam.Tests.dll");

    /// <summary>Where FastAdam.Tests was built.</summary>
    public static string Output { get; } = Metadata("TestOutput");

    /// <summary>Arguments that leave out what no kernel is in: files and the sources.</summary>
    public static string[] OnlyKernels { get; } =
        ["-namespace-", "FastAdam.Tests.Checkpoints", "-namespace-", "FastAdam.Tests.Architecture"];

    /// <summary>Requires that a run passed, and had at least that many tests.</summary>
    public static void AssertPassed((int ExitCode, string Output) run, int atLeast)
    {
        // The end of a failed run's output says which tests failed.
        string end = run.Output.Length > 8000 ? run.Output[^8000..] : run.Output;
        Assert.True(run.ExitCode == 0, $"exit code {run.ExitCode}\n{end}");
        Match total = Total().Match(run.Output);
        Assert.True(total.Success, $"no sum of tests in\n{end}");
        int count = int.Parse(total.Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.True(count >= atLeast, $"{count} tests ran instead of {atLeast} or more:\n{end}");
        TestContext.Current.TestOutputHelper?.WriteLine(end);
    }

    [GeneratedRegex(@"Total: (\d+), Errors: 0, Failed: 0")]
    private static partial Regex Total();

    private static string Metadata(string key) => typeof(TestRun).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == key).Value!;
}

using System.Text.RegularExpressions;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Kernels;

/// <summary>A first step runs optimised code: seen in a process that makes it, whose JIT lists what it compiles.</summary>
public sealed partial class FirstCallTests
{
    private static readonly string[] _once =
    [
        "FastAdam.InstructionSets.",
        "FastAdam.Isa.",
        "FastAdam.Kernels.KernelKey.get_",
        "FastAdam.Kernels.KernelRegistry.get_WidestOnly",
        "FastAdam.Kernels.KernelRegistry.IsIncluded",
        "FastAdam.Kernels.KernelRegistry.IsSupported",
        "FastAdam.Kernels.KernelRegistry.IsTiled",
        "FastAdam.Kernels.KernelRegistry.LaneCount",
        "FastAdam.Kernels.KernelRegistry.Visit",
        "FastAdam.Kernels.KernelRegistry.Find",
        "FastAdam.Kernels.KernelRegistry.Loop",
        "FastAdam.Kernels.KernelRegistry+",
        "FastAdam.Kernels.ParallelRun..ctor",
        "FastAdam.Kernels.Seats..ctor",
        "FastAdam.Kernels.TensorList..ctor",
        "FastAdam.Rules.IntegerPower..ctor",
        "FastAdam.AdamStepConstants..ctor",
        "FastAdam.GroupConstants..ctor",
        "FastAdam.SparseWork..ctor",
    ];

    /// <summary>What a step begins with; before it the test prepares its arguments.</summary>
    private static readonly string[] _steps = ["FastAdam.Adam.Step", "FastAdam.Optimizer.Step", "FastAdam.SparseAdam.Step"];

    [Theory]
    [InlineData("array", 1)]
    [InlineData("array", 2)]
    [InlineData("list", 1)]
    [InlineData("list", 2)]
    [InlineData("optimizer", 1)]
    [InlineData("optimizer", 2)]
    [InlineData("sparse", 1)]
    [InlineData("sparse", 2)]
    [InlineData("sparse list", 1)]
    [InlineData("sparse list", 2)]
    public void No_method_of_a_step_is_compiled_without_optimisation(string call, int threads)
    {
        string listing = TestProcess.ListingOf(
            typeof(FirstStepTests),
            nameof(FirstStepTests.A_step_changes_the_parameters),
            ("DOTNET_JitDisasmSummary", "1"),
            (FirstStepTests.Variable, $"{call},{threads}"));
        (string Method, string Tier)[] methods =
        [
            .. Compiled().Matches(listing)
                .Select(match => (match.Groups["method"].Value.Replace(':', '.'), match.Groups["tier"].Value))
                .SkipWhile(each => !_steps.Any(start => each.Item1.StartsWith(start, StringComparison.Ordinal)))
                .Where(each => !each.Item1.StartsWith("FastAdam.Tests.", StringComparison.Ordinal)),
        ];
        Assert.Contains(methods, each => each.Method.StartsWith("FastAdam.Kernels.UpdateLoop", StringComparison.Ordinal));
        string[] unoptimised =
        [
            .. methods.Where(each => each.Tier.Contains("Tier0", StringComparison.Ordinal)).Select(each => each.Method).Where(RunsAgain),
        ];
        Assert.True(unoptimised.Length == 0, $"{call}, {threads} threads compiled without optimisation: {string.Join(", ", unoptimised)}");
    }

    /// <summary>False for what a process or a thread runs once: to choose kernels, and to make the objects that it keeps.</summary>
    private static bool RunsAgain(string method) =>
        !method.EndsWith("..cctor", StringComparison.Ordinal)
        && !method.EndsWith(".get_State", StringComparison.Ordinal)
        && !method.EndsWith(".get_IsOn", StringComparison.Ordinal)
        && !_once.Any(start => method.StartsWith(start, StringComparison.Ordinal));

    [GeneratedRegex(@"JIT compiled (?<method>FastAdam\.[^(\[ ]*(?:\[[^\]]*\]:[^(\[ ]*)?).* \[(?<tier>[^\[]*), IL size")]
    private static partial Regex Compiled();
}

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
        "FastAdam.InstructionSets+",
        "FastAdam.Isa.",
        "FastAdam.Kernels.CodecTable.Visit",
        "FastAdam.Kernels.IsaTable.",
        "FastAdam.Kernels.IsaTable+",
        "FastAdam.Kernels.KernelKey.get_",
        "FastAdam.Kernels.KernelTable.Find",
        "FastAdam.Kernels.KernelTable+",
        "FastAdam.Kernels.LoopSearch.",
        "FastAdam.Kernels.LoopSearch+",
        "FastAdam.Kernels.StorageTypes.get_Item",
        "FastAdam.Passes.ParallelRun..ctor",
        "FastAdam.Passes.Seats..ctor",
        "FastAdam.Rules.FlagDescription..ctor",
        "FastAdam.Rules.HyperparameterDescription..ctor",
        "FastAdam.Rules.IntegerPower..ctor",
        "FastAdam.Rules.Requirement..ctor",
        "FastAdam.Rules.RuleDescription+<>c",
        "FastAdam.Rules.RuleDescription.get_KindCount",
        "FastAdam.Rules.RuleDescription.set_",
        "FastAdam.Rules.RuleKinds.Find",
        "FastAdam.Rules.RuleKinds+StateQuery",
        "FastAdam.Rules.RuleTable.Visit",
        "FastAdam.Rules.StateArray.get_I",
        "FastAdam.Rules.StateArray.set_",
        "FastAdam.Rules.TensorNumber.",
        "FastAdam.Steps.AdamConstants..ctor",
        "FastAdam.Steps.ConstantTable..ctor",
        "FastAdam.Steps.StepArea..ctor",
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
        && !method.EndsWith("+<>c..ctor", StringComparison.Ordinal)
        && !method.EndsWith(".get_State", StringComparison.Ordinal)
        && !method.EndsWith(".get_IsOn", StringComparison.Ordinal)
        && !method.EndsWith(".get_Description", StringComparison.Ordinal)
        && !_once.Any(start => method.StartsWith(start, StringComparison.Ordinal));

    [GeneratedRegex(@"JIT compiled (?<method>FastAdam\.[^(\[ ]*(?:\[[^\]]*\]:[^(\[ ]*)?).* \[(?<tier>[^\[]*), IL size")]
    private static partial Regex Compiled();
}

using FastAdam.Kernels;
using FastAdam.Rules;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Kernels;

/// <summary>
/// The registry's tables lead where they say. Bits cannot show it: a wrong instruction set gives the same ones.
/// </summary>
public sealed class KernelRegistryTests
{
    [Theory]
    [InlineData(InstructionSet.Scalar, 1)]
    [InlineData(InstructionSet.Neon, 4)]
    [InlineData(InstructionSet.Avx2, 8)]
    [InlineData(InstructionSet.Avx512, 16)]
    public void Instruction_set_has_the_vectors_that_it_is_known_for(InstructionSet instructionSet, int lanes)
    {
        Assert.Equal(lanes, KernelRegistry.LaneCount(instructionSet));
        Assert.Equal(lanes, LaneMachine.Of(instructionSet).Count);
    }

    [Fact]
    public void Every_combination_has_a_kernel_and_an_index_of_its_own()
    {
        KernelKey[] keys = [.. KernelRegistry.Supported];
        int ofAdam = keys.Count(key => key.Rule == RuleKind.Adam);
        Assert.Equal(81 * InstructionSets.Supported.Count, ofAdam);
        Assert.Equal(Enum.GetValues<RuleKind>(), keys.Select(key => key.Rule).Distinct().Order());
        Assert.Equal(keys.Length, keys.Select(key => key.Index).Distinct().Count());
        Assert.All(keys, key => Assert.InRange(key.Index, 0, KernelKey.IndexCount - 1));
    }

    /// <summary>The tests of kernels take a rule's numbers from its options.</summary>
    [Fact]
    public void Every_rule_has_options_that_lead_to_it_and_every_public_rule_is_among_them()
    {
        RuleKind[] rules = Enum.GetValues<RuleKind>();
        Assert.All(rules, rule => Assert.All(
            StepModes.Options(rule), options => Assert.Equal(rule, HyperparameterSource.Of(options, "options").Rule)));
        Assert.Equal(
            Enum.GetValues<OptimizerRule>(), rules.SelectMany(rule => StepModes.Options(rule)).Select(options => options.Rule).Distinct().Order());
    }
}

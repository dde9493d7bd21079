using FastAdam.Kernels;
using FastAdam.Rules;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Kernels;

/// <summary>
/// The tables of kernels lead where they say. Bits cannot show it: a wrong instruction set gives the same ones.
/// </summary>
public sealed class KernelTableTests
{
    [Theory]
    [InlineData(InstructionSet.Scalar, 1)]
    [InlineData(InstructionSet.Neon, 4)]
    [InlineData(InstructionSet.Avx2, 8)]
    [InlineData(InstructionSet.Avx512, 16)]
    public void Instruction_set_has_the_vectors_that_it_is_known_for(InstructionSet instructionSet, int lanes)
    {
        Assert.Equal(lanes, IsaTable.LaneCount(instructionSet));
        Assert.Equal(lanes, LaneMachine.Of(instructionSet).Count);
    }

    [Fact]
    public void Every_combination_has_a_kernel_and_an_index_of_its_own()
    {
        KernelKey[] keys = [.. KernelData.Supported];
        int ofAdam = keys.Count(key => key.Rule == RuleKind.Adam);
        Assert.Equal(81 * InstructionSets.Supported.Count, ofAdam);
        Assert.Equal(Enum.GetValues<RuleKind>(), keys.Select(key => key.Rule).Distinct().Order());
        Assert.Equal(keys.Length, keys.Distinct().Count());
        Assert.Equal(243 * InstructionSets.Supported.Count, keys.Count(key => key.Rule == RuleKind.AdamAmsGrad));
        Assert.Equal(243 * InstructionSets.Supported.Count, keys.Count(key => key.Rule == RuleKind.RmsPropMomentumCentered));
        Assert.All(keys, key => Assert.InRange(key.LoopIndex, 0, KernelKey.LoopIndexCount - 1));

        // Mixtures in which the third or fourth state array is not stored as the others share one: they have no loops.
        Assert.All(keys.GroupBy(key => key.LoopIndex).Where(group => group.Count() > 1), group => Assert.All(
            group,
            key => Assert.True(
                LoopSearch.IsTiled(key, changesGradients: false) && LoopSearch.IsTiled(key, changesGradients: true), $"{key}")));
        Assert.All(
            keys.GroupBy(key => key.LoopIndex),
            group => Assert.Single(group.Select(key => (key.InstructionSet, key.Rule)).Distinct()));
    }
}

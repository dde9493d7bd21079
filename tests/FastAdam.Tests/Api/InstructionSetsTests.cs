using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Xunit;

namespace FastAdam.Tests.Api;

/// <summary>
/// Which instruction sets there are, and how a name chooses one. FastAdam.Machines.Tests starts this assembly with CPU features
/// switched off or emulated, and says in a variable what that must lead to: a switch that the runtime ignores must not pass for a
/// tested instruction set.
/// </summary>
public sealed class InstructionSetsTests
{
    private static readonly string? _expectedSupported = Environment.GetEnvironmentVariable("FASTADAM_TEST_SUPPORTED");

    [Fact]
    public void Supported_is_what_the_runtime_reports_widest_first()
    {
        List<InstructionSet> expected = [InstructionSet.Scalar];
        if (AdvSimd.Arm64.IsSupported)
        {
            expected.Insert(0, InstructionSet.Neon);
        }

        if (Avx2.IsSupported && Fma.IsSupported)
        {
            expected.Insert(0, InstructionSet.Avx2);
        }

        if (Avx512BW.VL.IsSupported && Avx512DQ.VL.IsSupported)
        {
            expected.Insert(0, InstructionSet.Avx512);
        }

        Assert.Equal(expected, InstructionSets.Supported);
        Assert.Equal(_expectedSupported ?? string.Join(' ', expected), string.Join(' ', InstructionSets.Supported));
        Assert.All(Enum.GetValues<InstructionSet>(), set => Assert.Equal(expected.Contains(set), InstructionSets.IsSupported(set)));
        Assert.False(InstructionSets.IsSupported((InstructionSet)99));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Unset_means_the_widest(string? requested) =>
        Assert.Equal(InstructionSets.Supported[0], InstructionSets.Choose(requested));

    [Fact]
    public void Every_name_chooses_its_instruction_set_or_says_why_not()
    {
        foreach (InstructionSet instructionSet in Enum.GetValues<InstructionSet>())
        {
            string name = instructionSet.ToString().ToLowerInvariant();
            if (InstructionSets.IsSupported(instructionSet))
            {
                Assert.Equal(instructionSet, InstructionSets.Choose(name));
            }
            else
            {
                var exception = Assert.Throws<PlatformNotSupportedException>(() => InstructionSets.Choose(name));
                Assert.Contains($"FASTADAM_ISA is '{name}'", exception.Message, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("avx1024")]
    [InlineData("3")]
    [InlineData(" avx2")]
    public void Unknown_name(string name)
    {
        var exception = Assert.Throws<InvalidOperationException>(() => InstructionSets.Choose(name));
        Assert.Contains($"FASTADAM_ISA is '{name}'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("avx512", exception.Message, StringComparison.Ordinal);
    }
}

using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Rules;

/// <summary>Lion where a moment and a gradient are so large that their difference would overflow.</summary>
public sealed class LionTests
{
    public static TheoryData<InstructionSet> InstructionSets => KernelData.InstructionSets;

    [Theory]
    [MemberData(nameof(InstructionSets))]
    public void The_sum_of_large_numbers_of_unlike_signs_is_finite(InstructionSet instructionSet)
    {
        const int Length = 37;
        ParameterGroup lion = ParameterGroup.Lion with { LearningRate = 0.25 };
        foreach (float moment in (float[])[3e38f, -3e38f, float.MaxValue, -float.MaxValue])
        {
            float[] p = [.. Enumerable.Repeat(1f, Length)];
            float[] g = [.. Enumerable.Repeat(-moment, Length)];
            float[] m = [.. Enumerable.Repeat(moment, Length)];
            OneTensor.Step(p, g, [m], 1, lion, instructionSet: instructionSet);

            // 0.9 of the moment outweighs 0.1 of the gradient.
            Assert.All(p, value => Assert.Equal(1 - (0.25f * MathF.Sign(moment)), value));
            Assert.All(m, value => Assert.Equal(0.98 * moment, value, Math.Abs(0.98 * moment) * 3e-7));
        }
    }
}

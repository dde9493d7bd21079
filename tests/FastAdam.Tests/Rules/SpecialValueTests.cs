using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Rules;

/// <summary>Infinities, NaN, zeros and subnormals, on every instruction set, in the body and in the tail.</summary>
public sealed unsafe class SpecialValueTests
{
    private const float SmallestNormal = 1.17549435e-38f;

    public static TheoryData<InstructionSet> InstructionSets => KernelData.InstructionSets;

    [Theory]
    [MemberData(nameof(InstructionSets))]
    public void Infinite_gradient_makes_infinite_moments_and_an_undefined_parameter(InstructionSet instructionSet)
    {
        (float p, float m, float v) = Step(instructionSet, ParameterGroup.Adam, p: 1, g: float.NegativeInfinity, m: 0, v: 0);
        Assert.Equal((float.NaN, float.NegativeInfinity, float.PositiveInfinity), (p, m, v));
    }

    [Theory]
    [MemberData(nameof(InstructionSets))]
    public void NaN_gradient_makes_everything_NaN(InstructionSet instructionSet)
    {
        (float p, float m, float v) = Step(instructionSet, ParameterGroup.AdamW, p: 1, g: float.NaN, m: 1, v: 1);
        Assert.Equal((float.NaN, float.NaN, float.NaN), (p, m, v));
    }

    [Theory]
    [MemberData(nameof(InstructionSets))]
    public void NaN_and_infinite_parameters_leave_the_moments_alone(InstructionSet instructionSet)
    {
        (float p, float m, float v) = Step(instructionSet, ParameterGroup.AdamW, p: float.NaN, g: 0, m: 0, v: 0);
        Assert.Equal((float.NaN, 0, 0), (p, m, v));
        (p, m, v) = Step(instructionSet, ParameterGroup.Adam, p: float.PositiveInfinity, g: 0, m: 0, v: 0);
        Assert.Equal((float.PositiveInfinity, 0, 0), (p, m, v));
    }

    [Theory]
    [MemberData(nameof(InstructionSets))]
    public void Zero_gradients_and_moments_leave_the_parameter_alone(InstructionSet instructionSet)
    {
        (float p, float m, float v) = Step(instructionSet, ParameterGroup.Adam, p: 0.1f, g: 0, m: 0, v: 0);
        Assert.Equal((0.1f, 0, 0), (p, m, v));
    }

    [Theory]
    [MemberData(nameof(InstructionSets))]
    public void Overflowing_second_moment_stops_the_parameter(InstructionSet instructionSet)
    {
        (float p, float m, float v) = Step(instructionSet, ParameterGroup.Adam, p: 0.1f, g: 1e30f, m: 0, v: 0);
        Assert.Equal(0.1f, p);
        Assert.Equal(1e29f, m, 1e23f);
        Assert.Equal(float.PositiveInfinity, v);
    }

    [Theory]
    [MemberData(nameof(InstructionSets))]
    public void Subnormal_moments_are_stored_as_zero_of_their_sign(InstructionSet instructionSet)
    {
        // The next step's moments are 0.9 and 0.999 of these: below the smallest normal number.
        (_, float m, float v) = Step(instructionSet, ParameterGroup.Adam, p: 1, g: 0, m: -SmallestNormal, v: SmallestNormal);
        Assert.Equal((0x8000_0000u, 0u), (BitConverter.SingleToUInt32Bits(m), BitConverter.SingleToUInt32Bits(v)));
    }

    [Theory]
    [MemberData(nameof(InstructionSets))]
    public void Smallest_normal_moments_are_stored_as_they_are(InstructionSet instructionSet)
    {
        ParameterGroup keepAll = ParameterGroup.Adam with { Beta2 = 0.5 };
        (_, float m, float v) = Step(instructionSet, keepAll, p: 1, g: SmallestNormal, m: SmallestNormal, v: 2 * SmallestNormal);
        Assert.Equal((SmallestNormal, SmallestNormal), (m, v));
    }

    [Theory]
    [MemberData(nameof(InstructionSets))]
    public void Subnormal_moments_are_kept_on_request(InstructionSet instructionSet)
    {
        ParameterGroup preserve = ParameterGroup.Adam with { Subnormals = Subnormals.Preserve };
        (_, float m, float v) = Step(instructionSet, preserve, p: 1, g: 0, m: -SmallestNormal, v: SmallestNormal);
        Assert.InRange(m, -0.91f * SmallestNormal, -0.89f * SmallestNormal);
        Assert.InRange(v, 0.998f * SmallestNormal, 0.9991f * SmallestNormal);
    }

    [Theory]
    [MemberData(nameof(InstructionSets))]
    public void Flushed_moments_still_take_part_in_their_own_step(InstructionSet instructionSet)
    {
        // Both end half as large as the smallest normal number, and 1e18 * m / sqrt(v) is of ordinary size.
        ParameterGroup flush = ParameterGroup.Adam with { Beta1 = 0.5, Beta2 = 0.5, Epsilon = 0, LearningRate = 1e18 };
        ParameterGroup preserve = flush with { Subnormals = Subnormals.Preserve };
        (float flushed, float m, float v) = Step(instructionSet, flush, p: 1, g: 0, m: SmallestNormal, v: SmallestNormal);
        (float preserved, float keptM, float keptV) =
            Step(instructionSet, preserve, p: 1, g: 0, m: SmallestNormal, v: SmallestNormal);
        Assert.Equal(preserved, flushed);
        Assert.InRange(flushed, 0.01f, 0.99f);
        Assert.Equal((0, 0), (m, v));
        Assert.Equal((SmallestNormal / 2, SmallestNormal / 2), (keptM, keptV));
    }

    [Theory]
    [MemberData(nameof(InstructionSets))]
    public void L2_decay_of_zero_does_not_touch_an_infinite_parameter(InstructionSet instructionSet)
    {
        (float p, float m, float v) = Step(
            instructionSet, ParameterGroup.Adam with { WeightDecay = 0 }, p: float.NegativeInfinity, g: 1, m: 0, v: 0);
        Assert.Equal((float.NegativeInfinity, 0.1f), (p, m));
        Assert.True(v > 0);
    }

    /// <summary>One step on an array in which every element is the same; checks that every element comes out the same.</summary>
    private static (float P, float M, float V) Step(
        InstructionSet instructionSet, ParameterGroup options, float p, float g, float m, float v)
    {
        const int Length = 37;
        float[] parameters = [.. Enumerable.Repeat(p, Length)];
        float[] gradients = [.. Enumerable.Repeat(g, Length)];
        float[] expAvg = [.. Enumerable.Repeat(m, Length)];
        float[] expAvgSq = [.. Enumerable.Repeat(v, Length)];
        fixed (float* pp = parameters, gp = gradients, mp = expAvg, vp = expAvgSq)
        {
            Adam.Step(instructionSet, pp, gp, mp, vp, Length, 1, options, threads: 0);
        }

        Assert.All(parameters, value => Assert.Equal(parameters[0], value));
        Assert.All(expAvg, value => Assert.Equal(expAvg[0], value));
        Assert.All(expAvgSq, value => Assert.Equal(expAvgSq[0], value));
        return (parameters[0], expAvg[0], expAvgSq[0]);
    }
}

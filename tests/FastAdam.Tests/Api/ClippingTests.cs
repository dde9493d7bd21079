using FastAdam.Kernels;
using FastAdam.Tests.Support;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace FastAdam.Tests.Api;

/// <summary>Clipping by norm at the ends of what single precision holds.</summary>
public sealed class ClippingTests
{
    private static readonly ParameterGroup _descent = ParameterGroup.Sgd with { LearningRate = 1 };

    public static TheoryData<InstructionSet> InstructionSetsHere => KernelData.InstructionSets;

    [Theory]
    [MemberData(nameof(InstructionSetsHere))]
    public void A_limit_of_infinity_clips_nothing_whatever_the_norm(InstructionSet instructionSet)
    {
        var options = new StepOptions { MaxGradientNorm = double.PositiveInfinity };
        float[] p = [5, 5], g = [float.PositiveInfinity, 1];
        StepReport report = OneTensor.Step(p, g, [], 1, _descent, options, instructionSet: instructionSet);
        Assert.Equal([float.NegativeInfinity, 4], p);
        Assert.Equal((1, double.PositiveInfinity), (report.NonFiniteGradients, report.GradientNorm));

        (p, g) = ([5, 5], [float.NaN, 1]);
        report = OneTensor.Step(p, g, [], 1, _descent, options, instructionSet: instructionSet);
        Assert.Equal([float.NaN, 4], p);
        Assert.Equal((1, double.NaN), (report.NonFiniteGradients, report.GradientNorm));
    }

    [Theory]
    [MemberData(nameof(InstructionSetsHere))]
    public void A_coefficient_below_the_normal_numbers_is_applied_in_full(InstructionSet instructionSet)
    {
        float[] p = [0, 0], g = [3e38f, 3e38f];
        OneTensor.Step(p, g, [], 1, _descent, new StepOptions { MaxGradientNorm = 1e-6 }, instructionSet: instructionSet);
        Assert.All(p, value => Assert.InRange(value, MathF.BitDecrement(-7.0710678e-7f), MathF.BitIncrement(-7.0710678e-7f)));
    }

    [Theory]
    [MemberData(nameof(InstructionSetsHere))]
    public void Gradients_of_any_size_are_clipped_to_a_limit_of_any_size(InstructionSet instructionSet)
    {
        Gen<ClippingCase> cases =
            from largest in Exponent(-45, 38)
            from exponents in Gen.ArrayOf(Exponent(-45, 0))
            from limit in Gen.Frequency((4, Exponent(-46, 40)), (1, Exponent(-320, 308)))
            from scale in Gen.Elements(1.0, 1024, 3)
            let others = exponents.Select(below => -Power(largest + below))
            select new ClippingCase([Power(largest), .. others], Math.Pow(10, limit), scale);
        Properties.Check(Arb.From(cases), clipping => RequireClipped(clipping, instructionSet), Rounds.Of(1000));
    }

    private static Gen<double> Exponent(int smallest, int largest) =>
        from whole in Gen.Choose(smallest, largest)
        from part in Gen.Choose(0, 999)
        select Math.Min(whole + (part / 1000.0), largest);

    private static float Power(double exponent) => (float)Math.Pow(10, exponent);

    private static void RequireClipped(ClippingCase clipping, InstructionSet instructionSet)
    {
        double limit = Math.Max(clipping.Limit, double.Epsilon);
        float[] p = new float[clipping.Gradients.Length];
        StepReport report = OneTensor.Step(
            p,
            clipping.Gradients,
            [],
            1,
            _descent with { GradientScale = clipping.Scale },
            new StepOptions { MaxGradientNorm = limit },
            instructionSet: instructionSet);
        double[] scaled = [.. clipping.Gradients.Select(g => (double)(g / (float)clipping.Scale))];
        double norm = Math.Sqrt(scaled.Sum(g => g * g));
        Assert.Equal(norm, report.GradientNorm!.Value, norm * 1e-14);
        double coefficient = Math.Min(limit / (norm + 1e-6), 1);
        for (int i = 0; i < p.Length; i++)
        {
            // Three roundings, of the quotient, the coefficient and the product: with significands a and b of the first two, that is half
            // a unit of the product and (a + b) / 2 units, or a quarter where a * b is 2 or more; two units at most. Across a power of two
            // the product's own rounding is a unit of the number below it, not half of one. And what is subnormal on the way.
            double expected = -(clipping.Gradients[i] / clipping.Scale * coefficient);
            double bound = (2.50001 * Storage.Ulp(ElementType.Float32, Math.Abs(expected))) + Math.ScaleB(1, -148);
            Assert.True(
                Math.Abs(p[i] - expected) <= bound,
                $"{instructionSet}: p[{i}] is {p[i]:r} instead of {expected:r}, gradient {clipping.Gradients[i]:r}, norm {norm:r}, "
                + $"limit {limit:r}, scale {clipping.Scale}");
        }
    }

    private sealed record ClippingCase(float[] Gradients, double Limit, double Scale);
}

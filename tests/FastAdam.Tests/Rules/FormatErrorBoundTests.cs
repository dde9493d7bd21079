using FastAdam.Tests.Support;
using FsCheck.Fluent;
using Xunit;

namespace FastAdam.Tests.Rules;

/// <summary>Steps with moments in blocks of 8 bits against the formula in double precision: within the bounds of src/NUMERICS.md.</summary>
public sealed unsafe class FormatErrorBoundTests
{
    private const int Length = 384;

    /// <summary>What one rounding changes at most, of the number that is rounded; with room for products of such errors.</summary>
    private const double Rounding = 1.000001 / (1 << 24);

    [Fact]
    public void Moments_are_within_half_a_unit_and_parameters_within_the_roundings_on_their_way() =>
        Properties.Check(Arb.From(Gen.Choose(0, int.MaxValue)), RequireBounds, Rounds.Of(300));

    /// <summary>A step whose parameters are off by seven units in the last place, of the largest of parameters and terms.</summary>
    [Fact]
    public void A_step_with_large_errors_is_within_them_too() => RequireBounds(1724544316);

    private static void RequireBounds(int seed)
    {
        var random = new Random(seed);
        long step = random.Next(1, 3000);
        ParameterGroup group = ParameterGroup.AdamW with { LearningRate = RandomGroup.Magnitude(random, -4, -1) };
        float[] p = [.. Enumerable.Range(0, Length).Select(_ => (float)((random.NextDouble() - 0.5) * 4))];
        float[] g = [.. Enumerable.Range(0, Length).Select(_ => (float)((random.NextDouble() - 0.5) * RandomGroup.Magnitude(random, -6, 0)))];
        float[] m = [.. Enumerable.Range(0, Length).Select(_ => (float)((random.NextDouble() - 0.5) * RandomGroup.Magnitude(random, -6, 0)))];
        float[] v = [.. Enumerable.Range(0, Length).Select(_ => (float)(random.NextDouble() * RandomGroup.Magnitude(random, -10, 0)))];
        float[] before = [.. p];
        byte[] first = new byte[Length];
        byte[] second = new byte[Length];
        float[] firstScales = new float[Length / 128];
        float[] secondScales = new float[Length / 128];
        byte[] firstBefore, secondBefore;
        float[] firstScalesBefore, secondScalesBefore;
        fixed (float* parameters = p, gradients = g, a = firstScales, b = secondScales)
        fixed (byte* q1 = first, q2 = second)
        {
            var moments = TensorArray.Block8(q1, a);
            var squares = TensorArray.Block8(q2, b);
            moments.Encode(m);
            squares.Encode(v, isSigned: false);
            (firstBefore, secondBefore) = ([.. first], [.. second]);
            (firstScalesBefore, secondScalesBefore) = ([.. firstScales], [.. secondScales]);
            Optimizer.Step([OptimizerTensor.Create(Length, parameters, gradients, moments, squares)], [group], step);
        }

        double decay = 1 - (group.LearningRate * group.WeightDecay);
        double stepSize = group.LearningRate / (1 - Math.Pow(group.Beta1, step));
        double correction = Math.Sqrt(1 - Math.Pow(group.Beta2, step));
        for (int i = 0; i < Length; i++)
        {
            (float largest, float largestRoot) = (firstScales[i / 128], secondScales[i / 128]);
            double oldTerm = group.Beta1 * FirstMoment(firstBefore[i], firstScalesBefore[i / 128]);
            double newTerm = (1 - group.Beta1) * g[i];
            double terms = Math.Abs(oldTerm) + Math.Abs(newTerm);

            // Two roundings in each term, one in their sum. Then one in the number that the stored integer is made with.
            Require("m", i, FirstMoment(first[i], largest), oldTerm + newTerm, (largest / 254) + (Rounding * ((3 * terms) + largest)), seed);

            // The old root has three; so its square seven, the sum eight, the new root five, and one more for the stored integer.
            double oldRoot = Root(secondBefore[i], secondScalesBefore[i / 128]);
            double exactRoot = Math.Sqrt((group.Beta2 * oldRoot * oldRoot) + ((1 - group.Beta2) * g[i] * g[i]));
            Require("sqrt(v)", i, Root(second[i], largestRoot), exactRoot, (largestRoot / 509) + (Rounding * 6 * largestRoot), seed);

            // Three of m, five of the root, one in its sum with eps, one in the step's size, the product and the quotient each. Of the
            // parameter its decay's and the last one. The terms of m may cancel in the update, but not in its error.
            double denominator = (exactRoot / correction) + group.Epsilon;
            double exactP = (before[i] * decay) - (stepSize * (oldTerm + newTerm) / denominator);
            double bound = Rounding * ((12 * stepSize * terms / denominator) + Math.Abs(before[i]) + Math.Abs(exactP));
            Require("p", i, p[i], exactP, bound, seed);
        }
    }

    private static double FirstMoment(byte code, float largest) => (sbyte)code * (double)largest / 127;

    private static double Root(byte code, float largest) => (code + 0.5) * largest / 255.5;

    private static void Require(string name, int index, double actual, double exact, double bound, int seed) => Assert.True(
        Math.Abs(actual - exact) <= bound,
        $"{name}[{index}] is {actual:r} instead of {exact:r}: off by {Math.Abs(actual - exact):g3}, the bound is {bound:g3}, seed {seed}");
}

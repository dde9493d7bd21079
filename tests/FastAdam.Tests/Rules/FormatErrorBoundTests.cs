using FastAdam.Tests.Support;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace FastAdam.Tests.Rules;

/// <summary>Steps with moments in blocks of 8 bits against the formula in double precision: within the bounds of src/NUMERICS.md.</summary>
public sealed unsafe class FormatErrorBoundTests
{
    private const int Length = 384;

    /// <summary>Ulps of a block's largest number that the arithmetic adds to half a unit of its integers.</summary>
    private const double Ulps = 6;

    [Fact]
    public void Moments_are_within_half_a_unit_and_parameters_within_a_few_ulps() =>
        Prop.ForAll(Arb.From(Gen.Choose(0, int.MaxValue)), RequireBounds).Check(Config.QuickThrowOnFailure.WithMaxTest(Rounds.Of(300)));

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
        float[] afterM = new float[Length];
        float[] afterV = new float[Length];
        fixed (float* parameters = p, gradients = g, a = firstScales, b = secondScales)
        fixed (byte* q1 = first, q2 = second)
        {
            var moments = TensorArray.Block8(q1, a);
            var squares = TensorArray.Block8(q2, b);
            moments.Encode(m);
            moments.Decode(m);
            squares.Encode(v, isSigned: false);
            squares.Decode(v, isSigned: false);
            Optimizer.Step([OptimizerTensor.Create(Length, parameters, gradients, moments, squares)], [group], step);
            moments.Decode(afterM);
            squares.Decode(afterV, isSigned: false);
        }

        for (int i = 0; i < Length; i++)
        {
            double exactM = (group.Beta1 * m[i]) + ((1 - group.Beta1) * g[i]);
            double exactRoot = Math.Sqrt((group.Beta2 * v[i]) + ((1 - group.Beta2) * g[i] * g[i]));
            double stepSize = group.LearningRate / (1 - Math.Pow(group.Beta1, step));
            double update = stepSize * exactM / ((exactRoot / Math.Sqrt(1 - Math.Pow(group.Beta2, step))) + group.Epsilon);
            double exactP = (before[i] * (1 - (group.LearningRate * group.WeightDecay))) - update;
            Require("m", i, afterM[i], exactM, (firstScales[i / 128] / 254) + (Ulps * Ulp(firstScales[i / 128])), seed);
            Require("sqrt(v)", i, Math.Sqrt(afterV[i]), exactRoot, (secondScales[i / 128] / 509) + (Ulps * Ulp(secondScales[i / 128])), seed);

            // The update's terms may cancel in m.
            double denominator = (exactRoot / Math.Sqrt(1 - Math.Pow(group.Beta2, step))) + group.Epsilon;
            double terms = stepSize * (Math.Abs(group.Beta1 * m[i]) + Math.Abs((1 - group.Beta1) * g[i])) / denominator;
            double bound = Ulps * Ulp(Math.Max(Math.Max(Math.Abs(before[i]), Math.Abs(exactP)), terms));
            Require("p", i, p[i], exactP, bound, seed);
        }
    }

    private static double Ulp(double magnitude) => Storage.Ulp(FastAdam.Kernels.ElementType.Float32, magnitude);

    private static void Require(string name, int index, double actual, double exact, double bound, int seed) => Assert.True(
        Math.Abs(actual - exact) <= bound,
        $"{name}[{index}] is {actual:r} instead of {exact:r}: off by {Math.Abs(actual - exact):g3}, the bound is {bound:g3}, seed {seed}");
}

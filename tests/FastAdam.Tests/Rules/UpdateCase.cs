using FsCheck;
using FsCheck.Fluent;

namespace FastAdam.Tests.Rules;

/// <summary>One random step: any hyperparameters, any step number, arrays of any length and magnitude.</summary>
public sealed record UpdateCase(ParameterGroup Options, long Step, float[] P, float[] G, float[] M, float[] V)
{
    public int Length => P.Length;

    public override string ToString() =>
        $"{Options}, step {Step}, p [{Text(P)}], g [{Text(G)}], m [{Text(M)}], v [{Text(V)}]";

    private static string Text(float[] values) => string.Join(' ', values.Select(value => value.ToString("r")));
}

/// <summary>What FsCheck draws from.</summary>
public static class UpdateCases
{
    public static Arbitrary<UpdateCase> Cases()
    {
        Gen<double> unit = Gen.Choose(0, int.MaxValue).Select(i => i / (double)int.MaxValue);
        Gen<double> Magnitude(double from, double to) => unit.Select(x => Math.Pow(10, from + (x * (to - from))));

        Gen<double> decayRate = Gen.OneOf(
            Gen.Elements(0.9, 0.999, 0, 0.5, 0.95, 0.98, 0.25), Magnitude(-4, 0).Select(x => 1 - x));
        Gen<ParameterGroup> options =
            from learningRate in Magnitude(-6, -1)
            from beta1 in decayRate
            from beta2 in decayRate
            from epsilon in Magnitude(-8, -3)
            from weightDecay in Gen.OneOf(Gen.Constant(0.0), Magnitude(-4, -0.5))
            from decoupled in Gen.Elements(false, true)
            from scale in Gen.Elements(1.0, 1.0, 1024, 65536, 3)
            from maximize in Gen.Elements(false, false, true)
            from subnormals in Gen.Elements(Subnormals.Flush, Subnormals.Preserve)
            select ParameterGroup.Adam with
            {
                LearningRate = learningRate,
                Beta1 = beta1,
                Beta2 = beta2,
                Epsilon = epsilon,
                WeightDecay = weightDecay,
                DecoupledWeightDecay = decoupled,
                GradientScale = scale,
                Maximize = maximize,
                Subnormals = subnormals,
            };

        Gen<long> step = Gen.OneOf(
            Gen.Choose(1, 10).Select(i => (long)i),
            Gen.Choose(11, 100_000).Select(i => (long)i),
            Gen.Elements(1L << 31, 1L << 40, long.MaxValue));

        // One scale of magnitudes for an array, and some elements of any magnitude at all.
        Gen<float> Element(double centre) => Gen.Frequency(
            (6, Magnitude(centre - 2, centre + 2)),
            (2, Magnitude(-30, 30)),
            (1, Gen.Constant(0.0))).SelectMany(_ => Gen.Elements(1.0, -1.0), (magnitude, sign) => (float)(magnitude * sign));
        Gen<float[]> Array(int length) =>
            from centre in Gen.Frequency((3, Gen.Choose(-5, 1)), (1, Gen.Choose(-28, 28)))
            from values in Gen.ArrayOf(Element(centre), length)
            select values;

        return (
            from o in options
            from t in step
            from n in Gen.Choose(0, 70)
            from p in Array(n)
            from g in Array(n)
            from m in Array(n)
            from v in Array(n)
            select new UpdateCase(o, t, p, g, m, [.. v.Select(Math.Abs)])).ToArbitrary();
    }
}

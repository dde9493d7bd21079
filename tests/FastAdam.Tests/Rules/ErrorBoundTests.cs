using FastAdam.Kernels;
using FastAdam.Rules;
using FastAdam.Steps;
using FastAdam.Tests.Reference;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Rules;

/// <summary>
/// Random steps against Adam in double precision. The bounds count each step's roundings on the way: src/NUMERICS.md says what they are at
/// most. 16-bit storage adds the half unit of its own rounding.
/// </summary>
public sealed class ErrorBoundTests
{
    /// <summary>What one rounding changes at most, of the number that is rounded; with room for products of such errors, and for those of
    /// double precision.</summary>
    private const double Rounding = 1.00001 / (1 << 24);

    /// <summary>What one rounding changes at most where the number is subnormal.</summary>
    private const double SubnormalRounding = float.Epsilon / 2.0;

    [Fact]
    public void Single_precision() => AssertWithinBounds(
        1000, ElementType.Float32, ElementType.Float32, ElementType.Float32, ElementType.Float32);

    [Fact]
    public void BFloat16() => AssertWithinBounds(
        400, ElementType.BFloat16, ElementType.BFloat16, ElementType.BFloat16, ElementType.BFloat16);

    [Fact]
    public void Half_precision() => AssertWithinBounds(
        400, ElementType.Float16, ElementType.Float16, ElementType.Float16, ElementType.Float16);

    [Fact]
    public void BFloat16_with_single_precision_moments() => AssertWithinBounds(
        400, ElementType.BFloat16, ElementType.BFloat16, ElementType.Float32, ElementType.Float32);

    [Fact]
    public void Single_precision_with_half_precision_gradients_and_moments() => AssertWithinBounds(
        400, ElementType.Float32, ElementType.Float16, ElementType.BFloat16, ElementType.BFloat16);

    /// <summary>With beta1 at 0.9: from 1/2 down, an infinite gradient makes the first moment NaN instead (src/NUMERICS.md).</summary>
    [Fact]
    public void Infinities_and_NaN_come_out_where_exact_arithmetic_has_them() => Properties.Check(UpdateCases.Cases(), AssertSpecials, Rounds.Everywhere(100));

    private static void AssertSpecials(UpdateCase update)
    {
        ParameterGroup options = update.Options with { Beta1 = 0.9 };
        float[] specials = [float.PositiveInfinity, float.NegativeInfinity, float.NaN, 0, 1, -2];
        (float P, float G, float V)[] cases =
            [.. from p in specials from g in specials from v in specials where !(v < 0) select (p, g, v)];
        foreach (InstructionSet instructionSet in InstructionSets.Supported)
        {
            var key = new KernelKey(instructionSet, RuleKind.Adam, StorageTypes.All(ElementType.Float32));
            var arrays = TestArrays.Create(key, cases.Length, [0, 0, 0, 0]);
            for (int i = 0; i < cases.Length; i++)
            {
                float[] values = [cases[i].P, cases[i].G, 0.5f, cases[i].V];
                for (int array = 0; array < 4; array++)
                {
                    Storage.Write(arrays.Array((ArrayRole)array), ElementType.Float32, i, values[array]);
                }
            }

            arrays.Run(key, AdamConstants.OfThread.At(options.Values, update.Step), 0, cases.Length);
            for (int i = 0; i < cases.Length; i++)
            {
                (float p, float g, float v) = cases[i];
                ReferenceAdam.Result expected = ReferenceAdam.Step(p, g, 0.5, v, update.Step, options);
                double[] wanted = [expected.Theta, expected.M, expected.V];
                ArrayRole[] updated = [ArrayRole.Parameters, ArrayRole.FirstState, ArrayRole.SecondState];
                for (int array = 0; array < 3; array++)
                {
                    float actual = Storage.Read(arrays.Array(updated[array]), ElementType.Float32, i);
                    bool same = double.IsFinite(wanted[array]) ? float.IsFinite(actual) : wanted[array].Equals(actual);
                    Assert.True(
                        same,
                        $"{instructionSet}, p {p}, g {g}, m 0.5, v {v}: {"pmv"[array]} is {actual} instead of {wanted[array]}, "
                        + $"step {update.Step}, {options}");
                }
            }
        }
    }

    private static void AssertWithinBounds(int rounds, ElementType p, ElementType g, ElementType m, ElementType v) =>
        Properties.Check(UpdateCases.Cases(), update => AssertWithinBounds(update, p, g, m, v), Rounds.Everywhere(rounds));

    private static void AssertWithinBounds(UpdateCase update, ElementType p, ElementType g, ElementType m, ElementType v)
    {
        foreach (InstructionSet instructionSet in InstructionSets.Supported)
        {
            var key = new KernelKey(instructionSet, RuleKind.Adam, new StorageTypes(p, g, m, v));
            var arrays = TestArrays.Create(key, update.Length, [0, 0, 0, 0]);
            for (int i = 0; i < update.Length; i++)
            {
                Storage.Write(arrays.Array(ArrayRole.Parameters), p, i, update.P[i]);
                Storage.Write(arrays.Array(ArrayRole.Gradients), g, i, update.G[i]);
                Storage.Write(arrays.Array(ArrayRole.FirstState), m, i, update.M[i]);
                Storage.Write(arrays.Array(ArrayRole.SecondState), v, i, update.V[i]);
            }

            TestArrays before = arrays.CopyAligned();
            arrays.Run(key, AdamConstants.OfThread.At(update.Options.Values, update.Step), 0, update.Length);
            for (int i = 0; i < update.Length; i++)
            {
                AssertElement(update, key, before, arrays, i);
            }
        }
    }

    private static void AssertElement(UpdateCase update, in KernelKey key, TestArrays before, TestArrays after, int i)
    {
        double p = Storage.Read(before.Array(ArrayRole.Parameters), key.Types[ArrayRole.Parameters], i);
        double g = Storage.Read(before.Array(ArrayRole.Gradients), key.Types[ArrayRole.Gradients], i);
        double m = Storage.Read(before.Array(ArrayRole.FirstState), key.Types[ArrayRole.FirstState], i);
        double v = Storage.Read(before.Array(ArrayRole.SecondState), key.Types[ArrayRole.SecondState], i);
        if (!(double.IsFinite(p) && double.IsFinite(g) && double.IsFinite(m) && double.IsFinite(v)))
        {
            // Overflow on the way into 16 bits: SpecialValueTests looks at these.
            return;
        }

        ParameterGroup o = update.Options;
        ReferenceAdam.Result expected = ReferenceAdam.Step(p, g, m, v, update.Step, o);
        var where = new Place(key, i, p, g, m, v, update);

        // Moments below the smallest normal number are stored as zero.
        double flushed = Math.ScaleB(1, -126);

        // The gradient is rounded when it is divided by a scale that is no power of two; with L2, wd and the sum are, too.
        double scaled = g / o.GradientScale * (o.Maximize ? -1 : 1);
        double decay = o.DecoupledWeightDecay ? 0 : o.WeightDecay * p;
        double gradient = scaled + decay;
        double gradientError = (2 * SubnormalRounding)
            + (Rounding * ((double.IsPow2(o.GradientScale) ? 0 : Math.Abs(scaled)) + (decay == 0 ? 0 : Math.Abs(decay) + Math.Abs(gradient))));

        // m: the weight, the difference and the sum; what is multiplied by the difference is the weight, or from 1/2 on the weight less 1.
        double weight = 1 - o.Beta1;
        double difference = Math.Abs(gradient - m);
        double mError = (3 * SubnormalRounding) + (weight * gradientError)
            + (Rounding * ((weight * difference) + (Math.Min(weight, 1 - weight) * difference) + Math.Abs(expected.M)));
        AssertNear(after, key, ArrayRole.FirstState, i, expected.M, mError + flushed, "m", where);
        double largest = Math.Max(Math.Max(Math.Abs(m), expected.Gradient), Math.Abs(expected.M));
        Assert.True(mError <= 5 * ((Rounding * largest) + SubnormalRounding), "m's error is more than src/NUMERICS.md says.");

        // v: two roundings in each term and one in the sum. Where L2 cancels the gradient, its error is large beside it.
        (double vLeast, double vMost) = (SecondMoment(-1), SecondMoment(1));
        AssertNear(after, key, ArrayRole.SecondState, i, expected.V, Math.Max(vMost - expected.V, expected.V - vLeast) + flushed, "v", where);

        // p: its decay and the product with that, and the sum. Where v overflows single precision, the update is 0 and the decayed parameter
        // stays.
        double pError = Rounding * ((o.DecoupledWeightDecay ? 2 * Math.Abs(expected.Decayed) : 0) + Math.Abs(expected.Theta));
        float actual = Storage.Read(after.Array(ArrayRole.Parameters), key.Types[ArrayRole.Parameters], i);
        if (vLeast > float.MaxValue || (vMost > float.MaxValue && Math.Abs(actual - expected.Decayed) < Math.Abs(actual - expected.Theta)))
        {
            double decayedError = pError + (Rounding * Math.Abs(expected.Decayed));
            AssertNear(after, key, ArrayRole.Parameters, i, expected.Decayed, decayedError, "p", where);
            return;
        }

        // The update: m's error; the denominator's, of v, the root, sq, the quotient, eps and the sum; the step size, the product with m
        // and the quotient, of which the last two may be subnormal.
        double correction = 1 - Math.Pow(o.Beta2, update.Step);
        double least = ((Math.Sqrt(vLeast / correction) + o.Epsilon) * (1 - (4 * Rounding))) - SubnormalRounding;
        double most = ((Math.Sqrt(vMost / correction) + o.Epsilon) * (1 + (4 * Rounding))) + SubnormalRounding;
        double stepSize = expected.StepPerMoment * expected.Denominator;
        double term = Math.Abs(stepSize * expected.M);
        double updateError = (((stepSize * mError) + SubnormalRounding) / least)
            + (term * Math.Max((1 / least) - (1 / expected.Denominator), (1 / expected.Denominator) - (1 / most)))
            + (3 * Rounding * term / least) + SubnormalRounding;
        AssertNear(after, key, ArrayRole.Parameters, i, expected.Theta, pError + (1.00001 * updateError), "p", where);

        // With all errors of one sign.
        double SecondMoment(int sign)
        {
            double g = Math.Max(Math.Abs(gradient) + (sign * gradientError), 0);
            double exact = (o.Beta2 * v) + ((1 - o.Beta2) * g * g);
            return Math.Max((exact * (1 + (sign * 3 * Rounding))) + (sign * 3 * SubnormalRounding * (1 + g)), 0);
        }
    }

    private static void AssertNear(
        TestArrays arrays, in KernelKey key, ArrayRole role, int i, double expected, double error, string name, in Place where)
    {
        ElementType type = key.Types[role];
        float actual = Storage.Read(arrays.Array(role), type, i);
        double bound = error;
        if (type != ElementType.Float32)
        {
            // The half unit of storage.
            bound += Storage.Ulp(type, float.IsFinite(actual) ? Math.Max(Math.Abs(expected), Math.Abs(actual)) : Math.Abs(expected)) / 2;
        }

        bool isWithin = float.IsInfinity(actual)
            ? Math.Abs(expected) + bound >= Storage.MaxValue(type) && Math.Sign(actual) == Math.Sign(expected)
            : Math.Abs(actual - expected) <= bound;
        if (!isWithin)
        {
            Assert.Fail(
                $"{name} is {actual:r} instead of {expected:r}: off by {Math.Abs(actual - expected) / bound} of the bound, {bound}, at {where}");
        }
    }

    /// <summary>Where an error was seen; text only when there is one.</summary>
    private readonly record struct Place(
        KernelKey Key, int Index, double P, double G, double M, double V, UpdateCase Update);
}

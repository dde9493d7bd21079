using FastAdam.Kernels;
using FastAdam.Rules;
using FastAdam.Steps;
using FastAdam.Tests.Reference;
using FastAdam.Tests.Support;
using FsCheck.Xunit;
using Xunit;

namespace FastAdam.Tests.Rules;

/// <summary>
/// Random steps against Adam in double precision. The bounds are in units in the last place (ulp) of single precision, those of
/// src/NUMERICS.md; 16-bit storage adds the half unit of its own rounding.
/// </summary>
public sealed class ErrorBoundTests
{
    /// <summary>Ulps of the largest of m and the terms it is made of.</summary>
    private const double FirstMomentBound = 3.6;

    /// <summary>Ulps of v, where the gradient enters as it is stored.</summary>
    private const double SecondMomentBound = 3.6;

    /// <summary>What each rounding of the gradient itself adds to that: its square doubles a relative error.</summary>
    private const double SecondMomentBoundPerGradientRounding = 2;

    /// <summary>Ulps of the largest of p before, p after and four times the update.</summary>
    private const double ParameterBound = 3.3;

    [Property(Arbitrary = [typeof(UpdateCases)], MaxTest = 1000)]
    public void Single_precision(UpdateCase update) => AssertWithinBounds(
        update, ElementType.Float32, ElementType.Float32, ElementType.Float32, ElementType.Float32);

    [Property(Arbitrary = [typeof(UpdateCases)], MaxTest = 400)]
    public void BFloat16(UpdateCase update) => AssertWithinBounds(
        update, ElementType.BFloat16, ElementType.BFloat16, ElementType.BFloat16, ElementType.BFloat16);

    [Property(Arbitrary = [typeof(UpdateCases)], MaxTest = 400)]
    public void Half_precision(UpdateCase update) => AssertWithinBounds(
        update, ElementType.Float16, ElementType.Float16, ElementType.Float16, ElementType.Float16);

    [Property(Arbitrary = [typeof(UpdateCases)], MaxTest = 400)]
    public void BFloat16_with_single_precision_moments(UpdateCase update) => AssertWithinBounds(
        update, ElementType.BFloat16, ElementType.BFloat16, ElementType.Float32, ElementType.Float32);

    [Property(Arbitrary = [typeof(UpdateCases)], MaxTest = 400)]
    public void Single_precision_with_half_precision_gradients_and_moments(UpdateCase update) => AssertWithinBounds(
        update, ElementType.Float32, ElementType.Float16, ElementType.BFloat16, ElementType.BFloat16);

    /// <summary>With beta1 at 0.9: from 1/2 down, an infinite gradient makes the first moment NaN instead (src/NUMERICS.md).</summary>
    [Property(Arbitrary = [typeof(UpdateCases)], MaxTest = 100)]
    public void Infinities_and_NaN_come_out_where_exact_arithmetic_has_them(UpdateCase update)
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

        ReferenceAdam.Result expected = ReferenceAdam.Step(p, g, m, v, update.Step, update.Options);
        double mScale = Math.Max(Math.Max(Math.Abs(m), expected.Gradient), Math.Abs(expected.M));
        double vScale = (update.Options.Beta2 * v) + ((1 - update.Options.Beta2) * expected.Gradient * expected.Gradient);
        double vBound = SecondMomentBound + (SecondMomentBoundPerGradientRounding * GradientRoundings(update.Options));
        var where = new Place(key, i, p, g, m, v, update);

        // Moments below the smallest normal number are stored as zero.
        double flushed = Math.ScaleB(1, -126);
        AssertNear(after, key, ArrayRole.FirstState, i, expected.M, FirstMomentBound, mScale, flushed, "m", where);
        AssertNear(after, key, ArrayRole.SecondState, i, expected.V, vBound, vScale, flushed, "v", where);

        double pScale = Math.Max(Math.Abs(p), Math.Abs(expected.Theta));
        if (expected.V > float.MaxValue)
        {
            // v overflows single precision, and dividing by its root leaves the decayed parameter alone.
            AssertNear(after, key, ArrayRole.Parameters, i, expected.Decayed, ParameterBound, pScale, 0, "p", where);
            return;
        }

        // Where L2 cancels the gradient, v is small beside what it was rounded from, and its root inherits that.
        double cancellation = expected.V > 0 ? vScale / expected.V : 1;
        double updateScale = 4 * mScale * expected.StepPerMoment * cancellation;

        // The step size times m may be subnormal, which loses half of 2^-149 before the division, and so may the quotient.
        double underflow = Math.ScaleB(1, -150) * (1 + (1 / expected.Denominator));
        double scale = Math.Max(pScale, updateScale);
        AssertNear(after, key, ArrayRole.Parameters, i, expected.Theta, ParameterBound, scale, underflow, "p", where);
    }

    /// <summary>Dividing by the scale rounds unless it is a power of two; L2 rounds weight_decay and the sum.</summary>
    private static int GradientRoundings(in ParameterGroup options) =>
        (double.IsPow2(options.GradientScale) ? 0 : 1) + (!options.DecoupledWeightDecay && options.WeightDecay != 0 ? 2 : 0);

    private static void AssertNear(
        TestArrays arrays,
        in KernelKey key,
        ArrayRole role,
        int i,
        double expected,
        double ulps,
        double scale,
        double underflow,
        string name,
        in Place where)
    {
        ElementType type = key.Types[role];
        float actual = Storage.Read(arrays.Array(role), type, i);

        double bound = (ulps * Storage.Ulp(ElementType.Float32, scale)) + underflow;
        if (type != ElementType.Float32)
        {
            // The half unit of storage.
            bound += Storage.Ulp(type, Math.Max(Math.Abs(expected), Math.Abs(actual))) / 2;
        }

        double largest = Storage.MaxValue(type);
        double error = float.IsInfinity(actual) && Math.Abs(expected) + bound >= largest
            ? 0
            : Math.Abs(actual - expected);
        if (error <= bound)
        {
            return;
        }

        Assert.Fail(
            $"{name} is {actual:r} instead of {expected:r}: off by {error / Storage.Ulp(ElementType.Float32, scale)} ulp, "
            + $"bound {ulps} ({error / bound} of the bound), at {where}");
    }

    /// <summary>Where an error was seen; text only when there is one.</summary>
    private readonly record struct Place(
        KernelKey Key, int Index, double P, double G, double M, double V, UpdateCase Update);
}

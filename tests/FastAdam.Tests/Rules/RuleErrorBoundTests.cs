using FastAdam.Kernels;
using FastAdam.Rules;
using FastAdam.Tests.Reference;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Rules;

/// <summary>
/// Random steps of every rule against its formula in double precision. The bounds are those of src/NUMERICS.md, in units in the
/// last place (ulp) of single precision.
/// </summary>
public sealed class RuleErrorBoundTests(ITestOutputHelper output)
{
    private const string SparseAdamName = "SparseAdam";
    private const int Length = 64;

    /// <summary>Ulps of p and of the three state arrays; 0 for those that the rule does not keep.</summary>
    private static readonly Dictionary<string, double[]> _bounds = new()
    {
        [nameof(RuleKind.Adam)] = [2.2, 2.5, 5.5, 0],
        [nameof(RuleKind.AmsGrad)] = [2.2, 2.5, 5.5, 5.5],
        [nameof(RuleKind.NAdam)] = [2.3, 2.5, 5.5, 0],
        [nameof(RuleKind.RAdam)] = [2.2, 2.5, 5.5, 0],
        [nameof(RuleKind.AdaMax)] = [1.6, 2.5, 2.5, 0],
        [nameof(RuleKind.GradientDescent)] = [1.2, 0, 0, 0],
        [nameof(RuleKind.Momentum)] = [1.8, 3.2, 0, 0],
        [nameof(RuleKind.AdaGrad)] = [1.6, 0, 4.5, 0],
        [nameof(RuleKind.RmsProp)] = [1.6, 0, 5.5, 0],
        [nameof(RuleKind.RmsPropMomentum)] = [1.6, 5, 5.5, 0],
        [nameof(RuleKind.CenteredRmsProp)] = [1.6, 0, 5.5, 2.5],
        [nameof(RuleKind.CenteredRmsPropMomentum)] = [1.6, 5, 5.5, 2.5],
        [nameof(RuleKind.Lion)] = [1.9, 2.5, 0, 0],
        [SparseAdamName] = [1.6, 2, 3.6, 0],
    };

    public static TheoryData<string> Rules => [.. Enum.GetNames<RuleKind>(), SparseAdamName];

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_step_is_near_the_formula(string rule)
    {
        Assert.True(_bounds.TryGetValue(rule, out double[]? bounds), $"{rule} has no bounds here and in src/NUMERICS.md.");
        var random = new Random(Seeds.Base);
        double[] worst = new double[4];
        for (int round = 0; round < Rounds.Of(300); round++)
        {
            bool isSparse = rule == SparseAdamName;
            OptimizerOptions options = RandomGroup.Next(random, isSparse ? RuleKind.Adam : Enum.Parse<RuleKind>(rule));
            if (isSparse)
            {
                options = options with { WeightDecay = 0, MaxGradientValue = double.PositiveInfinity };
            }

            long step = RandomGroup.NextStep(random);
            double[] product = options.Rule == OptimizerRule.NAdam ? [random.NextDouble()] : [];
            Element[] before = [.. Elements(random, options.Centered)];
            Element[] after = isSparse ? SparseStep(before, options, step) : Step(before, options, step, [.. product]);
            for (int i = 0; i < Length; i++)
            {
                double momentumProduct = product.FirstOrDefault();
                ExactStep exact = ReferenceRules.Step(before[i], options, step, ref momentumProduct, isSparse);
                double[] errors = Errors(before[i], after[i], exact);
                for (int array = 0; array < errors.Length; array++)
                {
                    worst[array] = Math.Max(worst[array], errors[array]);
                    if (!(errors[array] <= bounds[array]))
                    {
                        Assert.Fail(
                            $"{rule}, {"pmvx"[array]}: {errors[array]} ulp at {before[i]}, {after[i]} instead of {exact}, step {step}, "
                            + $"product {string.Join(' ', product)}, {options}, round {round} {Seeds.Replay}");
                    }
                }
            }
        }

        output.WriteLine($"{rule}: largest errors of p, m, v, x {string.Join(", ", worst)} ulp");
    }

    private static double[] Errors(Element before, Element actual, ExactStep exact)
    {
        // Products that are subnormal lose half of 2^-149 each, before the division and after it.
        double underflow = Math.ScaleB(1, -148) * (1 + (1 / exact.Divisor));
        double scale = Math.Max(exact.P.Scale, 4 * exact.Update.Scale);
        return
        [
            exact.IsUncertain ? 0 : Ulps(actual.P, exact.P.Value, scale, underflow),
            exact.IsUncertain ? 0 : StateUlps(before.M, actual.M, exact.M),
            StateUlps(before.V, actual.V, exact.V),
            StateUlps(before.X, actual.X, exact.X),
        ];
    }

    /// <summary>What the rule does not keep is left alone; what would be subnormal is stored as zero.</summary>
    private static double StateUlps(float before, float actual, Exact? exact) => exact is not Exact state
        ? before == actual ? 0 : double.PositiveInfinity
        : Ulps(actual, state.Value, state.Scale, Math.ScaleB(1, -126));

    private static double Ulps(double actual, double expected, double scale, double underflow) =>
        Math.Max(Math.Abs(actual - expected) - underflow, 0) / Storage.Ulp(ElementType.Float32, scale);

    private static IEnumerable<Element> Elements(Random random, bool isCentered)
    {
        double[] centres = [.. Enumerable.Range(0, 5).Select(_ => random.Next(4) == 0 ? random.Next(-20, 12) : random.Next(-5, 2))];
        for (int i = 0; i < Length; i++)
        {
            float v = Math.Abs(Number(3));

            // A mean gradient is no larger than the root of the mean square.
            float x = isCentered ? (float)((random.NextDouble() - 0.5) * 2 * Math.Sqrt(v)) : Math.Abs(Number(4));
            yield return new Element(Number(0), Number(1), Number(2), v, x);
        }

        float Number(int array) => (random.Next(2) == 0 ? 1 : -1) * random.Next(10) switch
        {
            0 => 0,
            1 => (float)RandomGroup.Magnitude(random, -25, 15),
            _ => (float)RandomGroup.Magnitude(random, centres[array] - 2, centres[array] + 2),
        };
    }

    private static Element[] Step(Element[] elements, OptimizerOptions options, long step, double[] momentumProduct)
    {
        float[][] arrays = Arrays(elements);
        Optimizer.Step<float, float, float, float>(
            arrays[0], arrays[1], arrays[2], arrays[3], arrays[4], step, options, default, momentumProduct);
        return Elements(arrays);
    }

    private static Element[] SparseStep(Element[] elements, OptimizerOptions o, long step)
    {
        var options = new AdamOptions
        {
            LearningRate = o.LearningRate,
            Beta1 = o.Beta1,
            Beta2 = o.Beta2,
            Epsilon = o.Epsilon,
            GradientScale = o.GradientScale,
            Maximize = o.Maximize,
            Subnormals = o.Subnormals,
        };
        float[][] arrays = Arrays(elements);
        SparseAdam.Step<float, float, float, float>(arrays[0], arrays[2], arrays[3], Length, [0], arrays[1], step, options);
        return Elements(arrays);
    }

    private static float[][] Arrays(Element[] elements) =>
    [
        [.. elements.Select(e => e.P)],
        [.. elements.Select(e => e.G)],
        [.. elements.Select(e => e.M)],
        [.. elements.Select(e => e.V)],
        [.. elements.Select(e => e.X)],
    ];

    private static Element[] Elements(float[][] arrays) =>
        [.. Enumerable.Range(0, Length).Select(i => new Element(arrays[0][i], arrays[1][i], arrays[2][i], arrays[3][i], arrays[4][i]))];
}

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

    /// <summary>Ulps of p, m and v.</summary>
    private static readonly double[] _sparseAdamBounds = [1.6, 2, 3.6];

    public static TheoryData<string> Rules => [.. Enum.GetNames<RuleKind>(), SparseAdamName];

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_step_is_near_the_formula(string rule)
    {
        bool isSparse = rule == SparseAdamName;
        RuleKind kind = isSparse ? RuleKind.Adam : Enum.Parse<RuleKind>(rule);
        var facts = RuleFacts.Of(kind);
        double[] bounds = isSparse ? _sparseAdamBounds : [facts.Bound, .. facts.State.Select(state => state?.Bound ?? 0)];
        var random = new Random(Seeds.Base);
        double[] worst = new double[bounds.Length];
        for (int round = 0; round < Rounds.Of(300); round++)
        {
            ParameterGroup group = RandomGroup.Next(random, kind);
            if (isSparse)
            {
                group = group with { WeightDecay = 0, DecoupledWeightDecay = false, MaxGradientValue = double.PositiveInfinity };
            }

            long step = RandomGroup.NextStep(random);
            double[] numbers = facts.DrawNumbers(random);
            Element[] before = [.. Elements(random, facts)];
            Element[] after = isSparse ? SparseStep(before, group, step) : Step(before, group, step, [.. numbers]);
            for (int i = 0; i < Length; i++)
            {
                ExactStep exact = ReferenceRules.Step(before[i], group, step, [.. numbers], isSparse);
                double[] errors = Errors(before[i], after[i], exact, bounds.Length);
                for (int array = 0; array < errors.Length; array++)
                {
                    worst[array] = Math.Max(worst[array], errors[array]);
                    if (!(errors[array] <= bounds[array]))
                    {
                        string name = array == 0 ? "p" : $"state array {array - 1}";
                        Assert.Fail(
                            $"{rule}, {name}: {errors[array]} ulp at {before[i]}, {after[i]} instead of {exact}, step {step}, "
                            + $"numbers {string.Join(' ', numbers)}, {group}, round {round} {Seeds.Replay}");
                    }
                }
            }
        }

        output.WriteLine($"{rule}: largest errors of p and the state arrays {string.Join(", ", worst)} ulp");
    }

    private static double[] Errors(Element before, Element actual, ExactStep exact, int count)
    {
        // Products that are subnormal lose half of 2^-149 each, before the division and after it.
        double underflow = Math.ScaleB(1, -148) * (1 + (1 / exact.Divisor));
        double scale = Math.Max(exact.P.Scale, 4 * exact.Update.Scale);
        float[] old = State(before), now = State(actual);
        double[] errors = new double[count];
        errors[0] = exact.IsUncertain ? 0 : Ulps(actual.P, exact.P.Value, scale, underflow);
        for (int i = 0; i < old.Length; i++)
        {
            Exact? state = i < exact.State.Length ? exact.State[i] : null;
            double ulps = exact.IsUncertain && exact.UncertainState == i ? 0 : StateUlps(old[i], now[i], state);
            if (i + 1 < count)
            {
                errors[i + 1] = ulps;
            }
            else
            {
                // Arrays beyond the rule's: nothing may become of them.
                errors[0] = Math.Max(errors[0], ulps);
            }
        }

        return errors;
    }

    private static float[] State(Element element) => [element.S0, element.S1, element.S2, element.S3];

    /// <summary>What the rule does not keep is left alone; what would be subnormal is stored as zero.</summary>
    private static double StateUlps(float before, float actual, Exact? exact) => exact is not Exact state
        ? before == actual ? 0 : double.PositiveInfinity
        : Ulps(actual, state.Value, state.Scale, Math.ScaleB(1, -126));

    private static double Ulps(double actual, double expected, double scale, double underflow) =>
        Math.Max(Math.Abs(actual - expected) - underflow, 0) / Storage.Ulp(ElementType.Float32, scale);

    private static IEnumerable<Element> Elements(Random random, RuleFacts facts)
    {
        double[] centres = [.. Enumerable.Range(0, 6).Select(_ => random.Next(4) == 0 ? random.Next(-20, 12) : random.Next(-5, 2))];
        for (int i = 0; i < Length; i++)
        {
            float[] state = new float[ArrayRoles.MostStates];
            for (int array = 0; array < state.Length; array++)
            {
                StateFacts? kept = facts.StateOf(ArrayRole.FirstState + array);
                float number = Number(2 + array);
                state[array] = kept is { IsNeverNegative: true } ? Math.Abs(number)
                    : kept is { IsBelowRootOfFirst: true } ? (float)((random.NextDouble() - 0.5) * 2 * Math.Sqrt(state[0]))
                    : number;
            }

            yield return new Element(Number(0), Number(1), state[0], state[1], state[2], state[3]);
        }

        float Number(int array) => (random.Next(2) == 0 ? 1 : -1) * random.Next(10) switch
        {
            0 => 0,
            1 => (float)RandomGroup.Magnitude(random, -25, 15),
            _ => (float)RandomGroup.Magnitude(random, centres[array] - 2, centres[array] + 2),
        };
    }

    /// <summary>A step. Arrays that it does not keep are there, and must be left alone.</summary>
    private static Element[] Step(Element[] elements, ParameterGroup group, long step, double[] numbers)
    {
        float[][] arrays = Arrays(elements);
        OneTensor.Step(arrays[0], arrays[1], arrays[2..], step, group, default, numbers.Length == 0 ? null : numbers);
        return Elements(arrays);
    }

    private static Element[] SparseStep(Element[] elements, ParameterGroup group, long step)
    {
        float[][] arrays = Arrays(elements);
        OneTensor.SparseStep(arrays[0], arrays[2], arrays[3], Length, [0], arrays[1], step, group);
        return Elements(arrays);
    }

    private static float[][] Arrays(Element[] elements) =>
    [
        [.. elements.Select(e => e.P)],
        [.. elements.Select(e => e.G)],
        [.. elements.Select(e => e.S0)],
        [.. elements.Select(e => e.S1)],
        [.. elements.Select(e => e.S2)],
        [.. elements.Select(e => e.S3)],
    ];

    private static Element[] Elements(float[][] arrays) =>
    [
        .. Enumerable.Range(0, Length).Select(
            i => new Element(arrays[0][i], arrays[1][i], arrays[2][i], arrays[3][i], arrays[4][i], arrays[5][i])),
    ];
}

using FastAdam.Rules;
using FastAdam.Tests.Reference;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Rules;

/// <summary>Steps one after another from the state that PyTorch begins with: what changes from step to step.</summary>
public sealed class SeveralStepsTests
{
    private const int Length = 37;
    private const int Steps = 12;

    /// <summary>Relative to the parameters, which are about 1, and twelve steps of at most a fifth of that.</summary>
    private const double Tolerance = 3e-6;

    public static TheoryData<string> Rules => [.. Enum.GetNames<RuleKind>()];

    [Theory]
    [MemberData(nameof(Rules))]
    public void Training_follows_the_formulas(string rule)
    {
        RuleKind kind = Enum.Parse<RuleKind>(rule);
        var random = new Random(Seeds.Base);
        for (int round = 0; round < Rounds.Of(20); round++)
        {
            ParameterGroup options = RandomGroup.Next(random, kind) with
            {
                LearningRate = 0.01,
                GradientScale = 1,
                MaxGradientValue = double.PositiveInfinity,
            };

            // A variance that is lost in rounding is chance: a centered RMSProp has one where alpha is small.
            options = options with { Epsilon = options.Epsilon == 0 ? 0 : 0.01, Beta2 = options.Centered ? 0.9 : options.Beta2 };
            double sum = options.Rule == OptimizerRule.AdaGrad ? 0.1f : 0;
            DoubleElement[] expected = [.. Enumerable.Range(0, Length).Select(i => new DoubleElement(1 + (i / 64.0), 0, sum, 0, 0))];
            float[] p = [.. expected.Select(e => (float)e.P)], g = new float[Length];
            float[][] state = [[.. expected.Select(e => (float)e.S0)], new float[Length], new float[Length], new float[Length]];
            double[] numbers = RuleFacts.Of(kind).InitialNumbers();
            double[] expectedNumbers = [.. numbers];
            for (int step = 1; step <= Steps; step++)
            {
                double[] numbersBefore = expectedNumbers;
                for (int i = 0; i < Length; i++)
                {
                    // Of one sign, and larger than weight decay: Lion's sign of a sum near zero is chance.
                    g[i] = (i % 2 == 0 ? 1 : -1) * (0.5f + (0.5f * random.NextSingle()));
                    expectedNumbers = [.. numbersBefore];
                    ExactStep exact = ReferenceRules.Step(expected[i] with { G = g[i] }, options, step, expectedNumbers);
                    double[] kept = [.. exact.State.Select(array => array?.Value ?? 0), 0, 0, 0, 0];
                    expected[i] = new DoubleElement(exact.P.Value, 0, kept[0], kept[1], kept[2], kept[3]);
                }

                OneTensor.Step(p, g, state, step, options, default, numbers.Length == 0 ? null : numbers);
                for (int i = 0; i < Length; i++)
                {
                    Assert.True(
                        Math.Abs(p[i] - expected[i].P) <= Tolerance * Math.Max(1, Math.Abs(expected[i].P)),
                        $"step {step}, element {i}: {p[i]:r} instead of {expected[i].P:r}, {options} {Seeds.Replay}");
                }
            }

            Assert.All(
                RuleFacts.Of(kind).Numbers.Index(),
                each => Assert.Equal(
                    expectedNumbers[each.Index], numbers[each.Index], each.Item.Tolerance * Math.Max(1, expectedNumbers[each.Index])));
        }
    }

    [Theory]
    [InlineData(0, 0.5f)]
    [InlineData(0.75, 0.5f)]
    public void The_first_momentum_is_the_gradient_whatever_the_dampening(double dampening, float gradient)
    {
        ParameterGroup options = ParameterGroup.Sgd with { LearningRate = 1, Momentum = 0.5, Dampening = dampening };
        (float[] p, float[] b) = ([1], [7]);
        SgdStep(p, b, 1);
        Assert.Equal((0.5f, 0.5f), (p[0], b[0]));
        SgdStep(p, b, 2);
        float second = 0.25f + ((float)(1 - dampening) * 0.5f);
        Assert.Equal((0.5f - second, second), (p[0], b[0]));

        void SgdStep(float[] parameters, float[] buffer, long step) =>
            OneTensor.Step(parameters, new[] { gradient }, [buffer], step, options);
    }

    [Fact]
    public void RAdam_takes_the_second_moment_from_the_sixth_step_on()
    {
        for (long step = 1; step <= 10; step++)
        {
            Assert.Equal(step < 6, ParameterAfter(step, 1) == ParameterAfter(step, 1e6f));
        }

        static float ParameterAfter(long step, float secondMoment)
        {
            float[] p = [1];
            float[] g = [0.5f], m = [0.5f], v = [secondMoment];
            OneTensor.Step(p, g, [m, v], step, ParameterGroup.RAdam with { LearningRate = 0.1 });
            return p[0];
        }
    }
}

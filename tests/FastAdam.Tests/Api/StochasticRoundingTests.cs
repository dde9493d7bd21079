using Xunit;

namespace FastAdam.Tests.Api;

/// <summary>Random rounding in steps: its mean and probability, what it keeps, and that it depends on nothing but what it says.</summary>
public sealed unsafe class StochasticRoundingTests
{
    private const int Length = 1 << 16;

    [Theory]
    [InlineData(1.5)]
    [InlineData(-1.5)]
    [InlineData(0.0015)]
    public void The_mean_of_what_is_rounded_is_the_number(double parameter)
    {
        // Plain gradient descent by a part of a unit, which rounding to nearest would lose, or make a whole one.
        float start = (float)(BFloat16)(float)parameter;
        double unit = Math.ScaleB(1, Math.ILogB(start) - 7);
        foreach (double part in new[] { 0.01, 0.25, 0.5, 0.9 })
        {
            float[] after = [.. Stepped(start, (float)(part * unit), seed: 1).Select(number => (float)number)];
            Assert.Equal([start, (float)(start - unit)], after.Distinct().OrderByDescending(number => number));
            double moved = after.Average(number => start - (double)number) / unit;
            double deviation = (moved - part) / Math.Sqrt(part * (1 - part) / Length);
            Assert.True(
                Math.Abs(deviation) < 5, $"{start} less {part} of a unit moved by {moved} of it: {deviation:f1} standard deviations off");
        }
    }

    [Fact]
    public void Numbers_that_the_type_holds_stay_as_they_are()
    {
        foreach (float number in new[] { 0, 1, -1, 1.5f, 3e-39f, 3e38f, float.PositiveInfinity, float.NegativeInfinity })
        {
            Assert.All(Stepped((float)(BFloat16)number, 0, seed: 3), after => Assert.Equal((float)(BFloat16)number, (float)after));
        }

        Assert.All(Stepped(float.NaN, 0, seed: 3), after => Assert.True(BFloat16.IsNaN(after)));
    }

    [Fact]
    public void A_seed_gives_the_same_numbers_again_and_another_seed_others()
    {
        BFloat16[] first = Stepped(1, 0.001f, seed: 4);
        BFloat16[] again = Stepped(1, 0.001f, seed: 4);
        BFloat16[] other = Stepped(1, 0.001f, seed: 5);
        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
        Assert.NotEqual(first, Stepped(1, 0.001f, seed: 4, step: 2));
        Assert.NotEqual(first, Stepped(1, 0.001f, seed: 4, randomId: 9));
        Assert.Equal(first, Stepped(1, 0.001f, seed: 4, randomId: 1));
    }

    [Fact]
    public void Threads_do_not_matter()
    {
        const int Long = 3 << 19;
        BFloat16[] one = Stepped(1, 0.001f, seed: 6, threads: 1, length: Long);
        BFloat16[] two = Stepped(1, 0.001f, seed: 6, threads: 2, length: Long);
        Assert.True(one.AsSpan().SequenceEqual(two));
    }

    private static BFloat16[] Stepped(
        float parameter, float update, ulong seed, long step = 1, uint randomId = 0, int threads = 1, int length = Length)
    {
        BFloat16[] p = new BFloat16[length];
        Array.Fill(p, (BFloat16)parameter);
        float[] g = new float[length];
        Array.Fill(g, update);
        fixed (BFloat16* parameters = p)
        fixed (float* gradients = g)
        {
            OptimizerTensor tensor = OptimizerTensor.Create((nuint)length, TensorArray.Stochastic(parameters), gradients) with
            {
                RandomId = randomId,
            };
            Optimizer.Step(
                [tensor], [ParameterGroup.Sgd with { LearningRate = 1 }], step, new StepOptions { Seed = seed, Threads = threads });
        }

        return p;
    }
}

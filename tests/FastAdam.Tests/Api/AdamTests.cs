using FastAdam.Tests.Reference;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Api;

/// <summary>The public step, as its users call it.</summary>
public sealed class AdamTests
{
    [Fact]
    public void First_step_moves_each_parameter_by_the_learning_rate_against_its_gradient()
    {
        float[] p = [1, 1, 1, 1];
        float[] g = [1e-3f, -1, 100, 0];
        float[] m = new float[4];
        float[] v = new float[4];
        Adam.Step(p, g, m, v, 1, ParameterGroup.Adam);
        Assert.Equal([0.999f, 1.001f, 0.999f, 1], p.Select(x => MathF.Round(x, 5)));
        Assert.Equal([1e-3f, -1, 100, 0], g);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_hundred_steps_down_a_parabola_follow_the_reference(bool decoupled)
    {
        ParameterGroup options = (decoupled ? ParameterGroup.AdamW : ParameterGroup.Adam) with { LearningRate = 0.05 };
        const int Length = 29;
        float[] p = [.. Enumerable.Range(0, Length).Select(i => (i - 14) / 3f)];
        float[] g = new float[Length];
        float[] m = new float[Length];
        float[] v = new float[Length];
        double[] theta = [.. p.Select(x => (double)x)];
        double[] first = new double[Length];
        double[] second = new double[Length];
        for (int step = 1; step <= 100; step++)
        {
            for (int i = 0; i < Length; i++)
            {
                g[i] = 2 * (p[i] - 1);
                ReferenceAdam.Result result = ReferenceAdam.Step(theta[i], 2 * (theta[i] - 1), first[i], second[i], step, options);
                (theta[i], first[i], second[i]) = (result.Theta, result.M, result.V);
            }

            Adam.Step(p, g, m, v, step, options);
        }

        // A hundred steps of rounding, in a map that pulls towards its minimum.
        Assert.All(Enumerable.Range(0, Length), i => Assert.Equal(theta[i], p[i], 2e-5));
    }

    [Fact]
    public void Element_types_mix()
    {
        float[] p = [1, 2];
        BFloat16[] g = [BFloat16.One, -BFloat16.One];
        Half[] m = new Half[2];
        float[] v = new float[2];
        Adam.Step(p, g, m, v, 1, ParameterGroup.Adam);
        Assert.Equal([0.999f, 2.001f], p.Select(x => MathF.Round(x, 5)));
        Assert.Equal([(Half)0.1f, (Half)(-0.1f)], m);
    }

    [Fact]
    public void Parts_of_arrays_step_alone()
    {
        float[] p = [1, 1, 1, 1];
        Adam.Step(p.AsSpan(1, 2), new float[] { 1, 1 }, new float[2], new float[2], 1, ParameterGroup.Adam);
        Assert.Equal((1, 1), (p[0], p[3]));
        Assert.True(p[1] < 1 && p[2] < 1);
    }

    [Fact]
    public void A_step_allocates_nothing()
    {
        float[] p = new float[100];
        Half[] g = new Half[100];
        float[] m = new float[100];
        BFloat16[] v = new BFloat16[100];
        Adam.Step(p, g, m, v, 1, ParameterGroup.AdamW);
        Allocations.RequireNone(() =>
        {
            for (int step = 2; step < 100; step++)
            {
                Adam.Step(p, g, m, v, step, ParameterGroup.AdamW);
            }
        });
    }

    [Fact]
    public void Threads_step_their_own_arrays_at_the_same_time()
    {
        const int Threads = 32;
        float[][] parameters = [.. Enumerable.Range(0, Threads).Select(_ => new float[1000])];
        using var start = new Barrier(Threads);
        Thread[] threads = [.. parameters.Select(p => new Thread(() =>
        {
            float[] g = [.. Enumerable.Range(0, p.Length).Select(i => (i % 17) - 8f)];
            float[] m = new float[p.Length];
            float[] v = new float[p.Length];
            start.SignalAndWait();
            for (int step = 1; step <= 50; step++)
            {
                Adam.Step(p, g, m, v, step, ParameterGroup.AdamW);
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.All(parameters, p => Assert.Equal(parameters[0], p));
        Assert.NotEqual(0, parameters[0][0]);
    }
}

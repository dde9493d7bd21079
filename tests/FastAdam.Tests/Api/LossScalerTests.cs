using Xunit;

namespace FastAdam.Tests.Api;

/// <summary>The scale of the loss, and the steps that it skips.</summary>
public sealed class LossScalerTests
{
    [Fact]
    public void It_begins_as_PyTorchs()
    {
        var scaler = new LossScaler();
        Assert.Equal(
            (65536, 2, 0.5, 2000, 0),
            (scaler.Scale, scaler.GrowthFactor, scaler.BackoffFactor, scaler.GrowthInterval, scaler.FiniteCount));
    }

    [Fact]
    public void It_grows_after_the_interval_and_falls_at_once()
    {
        Half[] p = [(Half)1], g = [(Half)0];
        using var optimizer = new StatefulOptimizer(ParameterGroup.Sgd);
        OptimizerParameter parameter = optimizer.Add(p, g);
        var scaler = new LossScaler(1024, growthInterval: 3);
        (bool IsFinite, double Scale, int Count, long Step)[] expected =
        [
            (true, 1024, 1, 1), (true, 1024, 2, 2), (false, 512, 0, 2), (true, 512, 1, 3), (true, 512, 2, 4), (true, 1024, 0, 5),
            (true, 1024, 1, 6), (false, 512, 0, 6), (false, 256, 0, 6),
        ];
        foreach ((bool isFinite, double scale, int count, long step) in expected)
        {
            g[0] = isFinite ? (Half)scaler.Scale : Half.PositiveInfinity;
            Assert.Equal(!isFinite, scaler.Step(optimizer).IsSkipped);
            scaler.Update();
            Assert.Equal((scale, count, step), (scaler.Scale, scaler.FiniteCount, parameter.Step));
        }

        // Each gradient was 1 after its scale, whatever that was: six steps of 1e-3, rounded to half precision.
        Assert.Equal(0.994, (double)p[0], 0.001);
        Assert.Equal(1, optimizer[0].GradientScale);
    }

    [Fact]
    public void One_of_several_optimizers_is_enough_to_fall()
    {
        float[] p = [1], good = [1], q = [1], bad = [float.NaN];
        using var first = new StatefulOptimizer(ParameterGroup.Sgd);
        using var second = new StatefulOptimizer(ParameterGroup.Sgd);
        first.Add(p, good);
        second.Add(q, bad);
        var scaler = new LossScaler();
        Assert.False(scaler.Step(first).IsSkipped);
        Assert.True(scaler.Step(second).IsSkipped);
        scaler.Update();
        Assert.Equal(32768, scaler.Scale);
        Assert.Equal(1, q[0]);
        Assert.Equal((1, 0), (first.Parameters[0].Step, second.Parameters[0].Step));
    }

    [Fact]
    public void A_scale_stays_a_finite_number_above_0()
    {
        var scaler = new LossScaler(float.MaxValue, growthInterval: 1);
        scaler.Update();
        Assert.Equal(float.MaxValue, scaler.Scale);
        using var optimizer = new StatefulOptimizer(ParameterGroup.Sgd);
        optimizer.Add(new float[] { 1 }, new float[] { float.NaN });
        scaler.Scale = float.Epsilon;
        scaler.Step(optimizer);
        scaler.Update();
        Assert.Equal(float.Epsilon, scaler.Scale);
    }

    [Fact]
    public void Factors_of_groups_stay_beside_it()
    {
        float[] p = [0], g = [8];
        using var optimizer = new StatefulOptimizer(ParameterGroup.Sgd with { LearningRate = 1, GradientScale = 2 });
        optimizer.Add(p, g);
        new LossScaler(4).Step(optimizer);
        Assert.Equal(-1, p[0]);
    }

    [Fact]
    public void Bad_arguments_are_named()
    {
        Refuses("initialScale", () => new LossScaler(0));
        Refuses("initialScale", () => new LossScaler(1e39));
        Refuses("growthFactor", () => new LossScaler(growthFactor: 1));
        Refuses("backoffFactor", () => new LossScaler(backoffFactor: 1));
        Refuses("growthInterval", () => new LossScaler(growthInterval: 0));
        Refuses("value", () => new LossScaler { Scale = double.NaN });
        Refuses("value", () => new LossScaler { FiniteCount = 2000 });
        Assert.Throws<ArgumentNullException>(() => new LossScaler().Step(null!));
    }

    private static void Refuses(string argument, Func<LossScaler> scaler) =>
        Assert.Equal(argument, Assert.Throws<ArgumentOutOfRangeException>(() => scaler()).ParamName);
}

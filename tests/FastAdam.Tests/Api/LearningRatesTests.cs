using Xunit;

namespace FastAdam.Tests.Api;

/// <summary>Learning rates against those of PyTorch 1.13's schedulers.</summary>
/// <remarks>
/// The rates were printed by Debian's python3-torch, 1.13.0a0, with <c>/usr/bin/python3</c>:
/// <code>
/// import torch
/// from torch.optim.lr_scheduler import *
/// def rates(make, n, lr):
///     o = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
///     s, out = make(o), []
///     for _ in range(n):
///         out.append(o.param_groups[0]["lr"]); o.step(); s.step()
///     return out
/// rates(lambda o: ConstantLR(o, factor=1/3, total_iters=5), 8, 0.1)
/// rates(lambda o: LinearLR(o, start_factor=0.25, end_factor=1.0, total_iters=6), 9, 0.3)
/// rates(lambda o: LinearLR(o, start_factor=1.0, end_factor=0.1, total_iters=5), 8, 0.02)
/// rates(lambda o: CosineAnnealingLR(o, T_max=7, eta_min=1e-4), 16, 0.05)
/// rates(lambda o: SequentialLR(o, [LinearLR(o, start_factor=0.1, total_iters=4),
///       CosineAnnealingLR(o, T_max=8, eta_min=0.001)], milestones=[4]), 16, 0.01)
/// </code>
/// </remarks>
public sealed class LearningRatesTests
{
    // PyTorch multiplies its way from step to step.
    private const double Tolerance = 3e-15;

    [Fact]
    public void Constant_is_ConstantLR() => Equal(
        [
            0.03333333333333333, 0.03333333333333333, 0.03333333333333333, 0.03333333333333333, 0.03333333333333333, 0.1, 0.1, 0.1,
        ],
        step => LearningRates.Constant(0.1, step));

    [Fact]
    public void Linear_is_LinearLR()
    {
        Equal(
            [
                0.075, 0.11249999999999999, 0.14999999999999997, 0.18749999999999994, 0.22499999999999992, 0.2624999999999999,
                0.2999999999999999, 0.2999999999999999, 0.2999999999999999,
            ],
            step => LearningRates.Linear(0.3, step, 0.25, 1, 6));
        Equal(
            [
                0.02, 0.0164, 0.012800000000000002, 0.009200000000000002, 0.005600000000000002, 0.0020000000000000005,
                0.0020000000000000005, 0.0020000000000000005,
            ],
            step => LearningRates.Linear(0.02, step, 1, 0.1, 5));
    }

    [Fact]
    public void Cosine_is_CosineAnnealingLR() => Equal(
        [
            0.05, 0.047529173254165356, 0.040606070556375405, 0.030601897302210045, 0.019498102697789958, 0.009493929443624599,
            0.0025708267458346445, 0.0001, 0.0025708267458346423, 0.009493929443624594, 0.019498102697789954, 0.030601897302210024,
            0.040606070556375405, 0.04752917325416538, 0.05000000000000002, 0.047529173254165384,
        ],
        step => LearningRates.Cosine(0.05, step, 7, 1e-4));

    [Fact]
    public void WarmupCosine_is_SequentialLR_of_both() => Equal(
        [
            0.001, 0.0032500000000000003, 0.0055000000000000005, 0.007750000000000001, 0.010000000000000002, 0.009657457896300792,
            0.008681980515339464, 0.007222075445642905, 0.0055000000000000005, 0.0037779245543570965, 0.0023180194846605367,
            0.0013425421036992098, 0.001, 0.0013425421036992098, 0.0023180194846605376, 0.003777924554357098,
        ],
        step => LearningRates.WarmupCosine(0.01, step, 4, 12, 0.1, 0.001));

    [Fact]
    public void Ends_are_exact()
    {
        Assert.Equal(0.3, LearningRates.Linear(0.3, long.MaxValue));
        Assert.Equal(1e-4, LearningRates.Cosine(0.05, 1000, 1000, 1e-4));
        Assert.Equal(0.05, LearningRates.WarmupCosine(0.05, 0, 0, 1));
        Assert.Equal(0, LearningRates.WarmupCosine(0.05, 0, 10, 20, startFactor: 0));
    }

    [Fact]
    public void Bad_arguments_are_named()
    {
        Refuses("rate", () => LearningRates.Constant(-1, 0));
        Refuses("rate", () => LearningRates.Cosine(double.PositiveInfinity, 0, 1));
        Refuses("step", () => LearningRates.Linear(1, -1));
        Refuses("factor", () => LearningRates.Constant(1, 0, double.NaN));
        Refuses("steps", () => LearningRates.Constant(1, 0, 1, -1));
        Refuses("startFactor", () => LearningRates.Linear(1, 0, -0.1));
        Refuses("endFactor", () => LearningRates.Linear(1, 0, 1, 1.1));
        Refuses("steps", () => LearningRates.Linear(1, 0, steps: 0));
        Refuses("period", () => LearningRates.Cosine(1, 0, 0));
        Refuses("minimum", () => LearningRates.Cosine(1, 0, 1, -1));
        Refuses("warmup", () => LearningRates.WarmupCosine(1, 0, -1, 1));
        Refuses("steps", () => LearningRates.WarmupCosine(1, 0, 5, 5));
        foreach (long step in (long[])[0, 5, 7])
        {
            Refuses("rate", () => LearningRates.WarmupCosine(-1, step, 5, 9));
            Refuses("startFactor", () => LearningRates.WarmupCosine(1, step, 5, 9, startFactor: 7));
            Refuses("minimum", () => LearningRates.WarmupCosine(1, step, 5, 9, minimum: -1));
        }

        Refuses("step", () => LearningRates.WarmupCosine(1, -1, 5, 9));
    }

    private static void Equal(double[] expected, Func<long, double> rate)
    {
        for (int step = 0; step < expected.Length; step++)
        {
            double actual = rate(step);
            Assert.True(
                Math.Abs(actual - expected[step]) <= Tolerance * expected[step], $"step {step}: {actual:r} instead of {expected[step]:r}");
        }
    }

    private static void Refuses(string argument, Func<double> rate) =>
        Assert.Equal(argument, Assert.Throws<ArgumentOutOfRangeException>(() => rate()).ParamName);
}

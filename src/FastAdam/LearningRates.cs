using FastAdam.Checks;

namespace FastAdam;

/// <summary>
/// Learning rates as functions of the step, with the values of PyTorch's schedulers in <c>torch.optim.lr_scheduler</c>. Steps are counted as
/// there: 0 for the first, so that it is the number of steps that were made. Between two steps:
/// <code>
/// optimizer[0] = optimizer[0] with { LearningRate = LearningRates.Cosine(1e-3, step, period: 1000) };
/// </code>
/// </summary>
/// <remarks>
/// They are the closed forms, which hold for any step without those before. PyTorch multiplies its way from step to step and so collects
/// rounding errors, some units in the last place of double precision. The results here have the same bits everywhere.
/// </remarks>
public static class LearningRates
{
    /// <summary>
    /// <c>ConstantLR(optimizer, factor, total_iters)</c>:
    /// <code>
    /// rate * factor in the first steps, rate from then on
    /// </code>
    /// With a <paramref name="factor"/> of 1 it is one rate for all steps.
    /// </summary>
    /// <param name="rate">The learning rate: finite, at least 0.</param>
    /// <param name="step">The step, from 0.</param>
    /// <param name="factor">From 0 to 1. Default 1/3.</param>
    /// <param name="steps">For how many steps: at least 0. Default 5.</param>
    /// <returns>The learning rate of the step.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static double Constant(double rate, long step, double factor = 1.0 / 3, long steps = 5)
    {
        RequireRate(rate, step);
        RequireShare(factor, nameof(factor));
        RequireSteps(steps, nameof(steps), least: 0);
        return step < steps ? rate * factor : rate;
    }

    /// <summary>
    /// <c>LinearLR(optimizer, start_factor, end_factor, total_iters)</c>:
    /// <code>
    /// rate * (start + (end - start) * min(step, steps) / steps)
    /// </code>
    /// </summary>
    /// <param name="rate">The learning rate: finite, at least 0.</param>
    /// <param name="step">The step, from 0.</param>
    /// <param name="startFactor">The factor of step 0: from 0 to 1; PyTorch's is above 0. Default 1/3.</param>
    /// <param name="endFactor">The factor from step <paramref name="steps"/> on: from 0 to 1. Default 1.</param>
    /// <param name="steps">In how many steps the one becomes the other: at least 1. Default 5.</param>
    /// <returns>The learning rate of the step.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static double Linear(double rate, long step, double startFactor = 1.0 / 3, double endFactor = 1, long steps = 5)
    {
        RequireRate(rate, step);
        RequireShare(startFactor, nameof(startFactor));
        RequireShare(endFactor, nameof(endFactor));
        RequireSteps(steps, nameof(steps), least: 1);
        return rate * (startFactor + ((endFactor - startFactor) * Math.Min(step, steps) / steps));
    }

    /// <summary>
    /// <c>CosineAnnealingLR(optimizer, T_max, eta_min)</c>:
    /// <code>
    /// minimum + (rate - minimum) * (1 + cos(pi * step / period)) / 2
    /// </code>
    /// After step <paramref name="period"/> it rises again, as PyTorch's does.
    /// </summary>
    /// <param name="rate">The learning rate of step 0: finite, at least 0.</param>
    /// <param name="step">The step, from 0.</param>
    /// <param name="period">The step that has the minimum: at least 1.</param>
    /// <param name="minimum">The least learning rate: finite, at least 0. Default 0.</param>
    /// <returns>The learning rate of the step.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static double Cosine(double rate, long step, long period, double minimum = 0)
    {
        RequireRate(rate, step);
        RequireSteps(period, nameof(period), least: 1);
        RequireMinimum(minimum);
        return minimum + ((rate - minimum) * (1 + double.CosPi((double)step / period)) / 2);
    }

    /// <summary>
    /// A warm-up, then a cosine: <c>SequentialLR(optimizer, [LinearLR(optimizer, start_factor, total_iters=warmup),
    /// CosineAnnealingLR(optimizer, T_max=steps - warmup, eta_min)], milestones=[warmup])</c>.
    /// </summary>
    /// <param name="rate">The largest learning rate, that of step <paramref name="warmup"/>: finite, at least 0.</param>
    /// <param name="step">The step, from 0.</param>
    /// <param name="warmup">For how many steps it grows: at least 0.</param>
    /// <param name="steps">The step that has the minimum: above <paramref name="warmup"/>. After it the rate rises again, as PyTorch's
    /// does.</param>
    /// <param name="startFactor">The factor of step 0: from 0 to 1; PyTorch's is above 0. Default 1/3.</param>
    /// <param name="minimum">The least learning rate of the cosine: finite, at least 0. Default 0.</param>
    /// <returns>The learning rate of the step.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static double WarmupCosine(
        double rate, long step, long warmup, long steps, double startFactor = 1.0 / 3, double minimum = 0)
    {
        RequireRate(rate, step);
        RequireSteps(warmup, nameof(warmup), least: 0);
        Faults.Require(steps > warmup, steps, nameof(steps), $"above {nameof(warmup)}");
        RequireShare(startFactor, nameof(startFactor));
        RequireMinimum(minimum);
        return step < warmup
            ? Linear(rate, step, startFactor, 1, warmup)
            : Cosine(rate, step - warmup, steps - warmup, minimum);
    }

    private static void RequireRate(double rate, long step)
    {
        Faults.Require(rate >= 0 && double.IsFinite(rate), rate, nameof(rate), "finite, and at least 0");
        RequireSteps(step, nameof(step), least: 0);
    }

    private static void RequireMinimum(double minimum) =>
        Faults.Require(minimum >= 0 && double.IsFinite(minimum), minimum, nameof(minimum), "finite, and at least 0");

    private static void RequireShare(double factor, string name) => Faults.Require(factor is >= 0 and <= 1, factor, name, "from 0 to 1");

    private static void RequireSteps(long steps, string name, long least) =>
        Faults.Require(steps >= least, steps, name, least == 0 ? "at least 0" : "at least 1");
}

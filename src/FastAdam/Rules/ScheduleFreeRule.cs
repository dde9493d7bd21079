using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Rules;

/// <summary>Schedule-Free AdamW.</summary>
internal static class ScheduleFreeRule
{
    /// <summary>The place of the sum of weights among a tensor's numbers.</summary>
    public const int WeightSum = 0;

    /// <summary>The place of the largest learning rate so far.</summary>
    public const int LargestRate = 1;

    /// <summary>The place of what is 1 while the parameters are those for evaluation.</summary>
    public const int EvaluationMode = 2;

    public static RuleDescription Description { get; } = new("ScheduleFree", 10)
    {
        PythonName = "AdamWScheduleFree",
        State =
        [
            // Parameters rather than a moment: best in single precision.
            new("z", 'z', "the parameters without averaging", Follows.FirstMoment) { WhyNotBlock8 = "it holds parameters" },
            new("exp_avg_sq", 'v', "the second moment", Follows.SecondMoment),
        ],
        Hyperparameters =
        [
            (Hyperparameter.LearningRate, 2.5e-3), (Hyperparameter.Beta1, 0.9), (Hyperparameter.Beta2, 0.999),
            (Hyperparameter.Epsilon, 1e-8), (Hyperparameter.WarmupSteps, 0), (Hyperparameter.StepExponent, 0),
            (Hyperparameter.RateExponent, 2),
        ],
        // Without averaging there is nothing to evaluate.
        Ranges = [(Hyperparameter.Beta1, ValidRange.DecayRateAbove0)],
        Numbers =
        [
            new("weight_sum", "W", Initial: 0, Largest: double.MaxValue),
            new("lr_max", "L", Initial: 0, Largest: double.MaxValue),
            new("eval_mode", "", Initial: 0, Largest: 1)
            {
                WhyZeroInStep = "1 says that the parameters are those for evaluation",
            },
        ],
    };

    public static RuleDocumentation Documentation => new(
        "Schedule-Free AdamW",
        [
            "v as Adam's; u = g / (sqrt(v / bc2) + eps) + weight_decay * y; in step 1 z begins as y",
            "lr_t = lr * min(t / warmup_steps, 1); L = max(L, lr_t); w = t^r * L^weight_lr_power; W = W + w; c = w / W",
            "y = (1 - c) * y + c * z - lr_t * (1 - beta1 * (1 - c)) * u; z = z - lr_t * u",
            "The parameters are y, where gradients are taken; those for evaluation are x = y / beta1 + (1 - 1 / beta1) * z",
        ],
        "Its authors' AdamWScheduleFree, version 1.4. A. Defazio et al., \"The road less scheduled\", 2024")
    {
        Operations =
        [
            new(
                "Schedule-Free",
                "v = mean(v); z = fma(-lr_t, u, z), u = fma(wd, p, g / d), d = sqrt(v) / sq + e; p for z in step 1",
                "p = fma(A, u, fma(C, z, fma(-C, p, p))), z and u with p before, C = w / W, "
                + "A = lr_t * (beta1 * (1 - w / W) - 1)"),
            new("... for evaluation", "", "p = fma(2 * X, z / 2 - p / 2, p), X = 1 - 1 / beta1; back for training X = 1 - beta1"),
        ],
        Arguments = ["lr", "betas", "eps", "weight_decay", "warmup_steps", "r", "weight_lr_power"],
    };

    /// <summary>Twice what z weighs on the way from the parameters in training to those for evaluation, or back.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float SwapWeight(in GroupValues group, bool toEvaluation)
    {
        double beta1 = group[Hyperparameter.Beta1];
        return 2 * (float)(toEvaluation ? 1 - (1 / beta1) : 1 - beta1);
    }
}

/// <summary>
/// The order of operations is that of src/NUMERICS.md. What is averaged stays where both are the same: weights that are rounded
/// each for itself would add up to another number than 1, and the parameters drift.
/// </summary>
internal readonly struct ScheduleFreeRule<V> : IRule<ScheduleFreeRule<V>, V>
    where V : unmanaged, IVector<V>
{
    private readonly V _c;
    private readonly V _b2;
    private readonly ConstantDivisor<V> _sq;
    private readonly V _e;
    private readonly V _decay;
    private readonly V _weight;
    private readonly V _step;
    private readonly V _negativeRate;
    private readonly bool _isFirst;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ScheduleFreeRule(in Numbers numbers)
    {
        _c = V.Broadcast(numbers.C);
        _b2 = V.Broadcast(numbers.B2);
        _sq = new ConstantDivisor<V>(numbers.Sq);
        _e = V.Broadcast(numbers.E);
        _decay = V.Broadcast(numbers.Decay);
        _weight = V.Broadcast(numbers.Weight);
        _step = V.Broadcast(numbers.Step);
        _negativeRate = V.Broadcast(numbers.NegativeRate);
        _isFirst = numbers.IsFirst != 0;
    }

    public static StateArrays State
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => StateArrays.First | StateArrays.Second;
    }

    public static bool HasNarrowLoops
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => false;
    }

    public static bool HasOwnWeightDecay
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => true;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Coefficients Coefficients(in GroupValues group, StepNumbers numbers)
    {
        double rate = Rate(group, numbers.Step);
        double sum = numbers.TensorNumbers[ScheduleFreeRule.WeightSum];
        double weight = sum == 0 ? 0 : Weight(group, numbers.Step, numbers.TensorNumbers[ScheduleFreeRule.LargestRate]) / sum;
        if (double.IsInfinity(sum))
        {
            // No step can follow: it is refused.
            weight = double.NaN;
        }

        return Rules.Coefficients.Of(new Numbers(
            (float)(1 - group[Hyperparameter.Beta2]),
            (float)group[Hyperparameter.Beta2],
            (float)Math.Sqrt(1 - numbers.Beta2Power(group)),
            (float)group[Hyperparameter.Epsilon],
            (float)group[Hyperparameter.WeightDecay],
            (float)weight,
            (float)(rate * ((group[Hyperparameter.Beta1] * (1 - weight)) - 1)),
            (float)-rate,
            numbers.Step == 1 ? 1 : 0));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Advance(in GroupValues group, long step, ref TensorNumbers numbers)
    {
        numbers[ScheduleFreeRule.LargestRate] = Math.Max(numbers[ScheduleFreeRule.LargestRate], Rate(group, step));
        numbers[ScheduleFreeRule.WeightSum] += Weight(group, step, numbers[ScheduleFreeRule.LargestRate]);
    }

    /// <summary>Weight decay is in the update.</summary>
    public static double ParameterDecay(in GroupValues group, StepNumbers numbers) => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScheduleFreeRule<V> Create(in Coefficients coefficients) => new(coefficients.As<Numbers>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Update(ref V p, V g, ref V s0, ref V s1, ref V s2, ref V s3)
    {
        s1 = V.MultiplyAdd(_c * g, g, _b2 * s1);
        V u = V.MultiplyAdd(_decay, p, g / (_sq.Divide(V.Sqrt(s1)) + _e));
        V z = _isFirst ? p : s0;
        p = V.MultiplyAdd(_step, u, WeightedMean<V>.Of(p, z, _weight));
        s0 = V.MultiplyAdd(_negativeRate, u, z);
    }

    /// <summary>The learning rate of a step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Rate(in GroupValues group, long step)
    {
        double warmup = group[Hyperparameter.WarmupSteps];
        double rate = group[Hyperparameter.LearningRate];
        return step < warmup ? rate * (step / warmup) : rate;
    }

    /// <summary>What a step weighs in the average.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Weight(in GroupValues group, long step, double largestRate) =>
        ElementaryFunctions.Power(step, group[Hyperparameter.StepExponent])
        * ElementaryFunctions.Power(largestRate, group[Hyperparameter.RateExponent]);

    private readonly record struct Numbers(
        float C, float B2, float Sq, float E, float Decay, float Weight, float Step, float NegativeRate, float IsFirst);
}

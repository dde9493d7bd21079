using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Rules;

/// <summary>AdEMAMix.</summary>
internal static class AdEmaMixRule
{
    public static RuleDescription Description { get; } = new("AdEmaMix", 8)
    {
        PythonName = "AdEMAMix",
        State =
        [
            new("exp_avg_fast", 'm', "the fast first moment", Follows.FirstMoment),
            new("exp_avg_sq", 'v', "the second moment", Follows.SecondMoment),

            // bf16 cannot hold an average that moves by 1e-4 of the difference: single precision where second moments are.
            new("exp_avg_slow", 'n', "the slow first moment", Follows.SecondMoment) { IsSigned = true },
        ],
        Hyperparameters =
        [
            (Hyperparameter.LearningRate, 1e-3), (Hyperparameter.Beta1, 0.9), (Hyperparameter.Beta2, 0.999),
            (Hyperparameter.Epsilon, 1e-8), (Hyperparameter.Beta3, 0.9999), (Hyperparameter.Alpha, 5),
            (Hyperparameter.AlphaWarmup, 0), (Hyperparameter.Beta3Warmup, 0),
        ],
        Flags = GroupFlags.DecoupledWeightDecay,
        DefaultFlags = GroupFlags.DecoupledWeightDecay,
    };

    public static RuleDocumentation Documentation => new(
        "AdEMAMix",
        [
            "m and v as Adam's; n = beta3_t * n + (1 - beta3_t) * g",
            "p = p - lr * (m / bc1 + alpha_t * n) / (sqrt(v / bc2) + eps)",
            "alpha_t = alpha * min(t / alpha_warmup, 1)",
            "1 / ln beta3_t goes from 1 / ln beta1 to 1 / ln beta3 until step beta3_warmup, beta3_t = beta3 then",
        ],
        "Its authors' code. M. Pagliardini, P. Ablin, D. Grangier, \"The AdEMAMix optimizer: better, faster, older\", 2024")
    {
        Operations =
        [
            new(
                "AdEMAMix",
                "m = fma(1 - beta1, g, beta1 * m); v = mean(v); n = fma(w, g, fma(-w, n, n)), w = 1 - beta3_t",
                "d = sqrt(v) / sq + e; p = p + fma(ss, m, A * n) / d, A = -lr alpha_t"),
        ],
        Arguments = ["lr", "betas", "alpha", "beta3_warmup", "alpha_warmup", "eps", "weight_decay"],
    };
}

/// <summary>
/// The order of operations is that of src/NUMERICS.md. No difference of a gradient and a moment is taken, which could overflow.
/// The slow moment's weights add up to 1 exactly: beta3 rounded to float would be off by 1.7e-4 of 1 - beta3, and so would be
/// what the moment tends to.
/// </summary>
internal readonly struct AdEmaMixRule<V> : IRule<AdEmaMixRule<V>, V>
    where V : unmanaged, IVector<V>
{
    private readonly V _w1;
    private readonly V _b1;
    private readonly V _w3;
    private readonly V _c;
    private readonly V _b2;
    private readonly V _fastStep;
    private readonly V _slowStep;
    private readonly ConstantDivisor<V> _sq;
    private readonly V _e;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private AdEmaMixRule(in Numbers numbers)
    {
        _w1 = V.Broadcast(numbers.W1);
        _b1 = V.Broadcast(numbers.B1);
        _w3 = V.Broadcast(numbers.W3);
        _c = V.Broadcast(numbers.C);
        _b2 = V.Broadcast(numbers.B2);
        _fastStep = V.Broadcast(numbers.FastStep);
        _slowStep = V.Broadcast(numbers.SlowStep);
        _sq = new ConstantDivisor<V>(numbers.Sq);
        _e = V.Broadcast(numbers.E);
    }

    public static StateArrays State
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => StateArrays.First | StateArrays.Second | StateArrays.Third;
    }

    public static bool HasNarrowLoops
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => false;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Coefficients Coefficients(in GroupValues group, StepNumbers numbers)
    {
        double rate = group[Hyperparameter.LearningRate];
        double alpha = group[Hyperparameter.Alpha];
        if (numbers.Step < group[Hyperparameter.AlphaWarmup])
        {
            alpha *= numbers.Step / group[Hyperparameter.AlphaWarmup];
        }

        return Rules.Coefficients.Of(new Numbers(
            (float)(1 - group[Hyperparameter.Beta1]),
            (float)group[Hyperparameter.Beta1],
            (float)(1 - SlowDecayRate(group, numbers.Step)),
            (float)(1 - group[Hyperparameter.Beta2]),
            (float)group[Hyperparameter.Beta2],
            -(float)(rate / (1 - numbers.Beta1Power(group))),
            (float)(-rate * alpha),
            (float)Math.Sqrt(1 - numbers.Beta2Power(group)),
            (float)group[Hyperparameter.Epsilon]));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static AdEmaMixRule<V> Create(in Coefficients coefficients) => new(coefficients.As<Numbers>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Update(ref V p, V g, ref V s0, ref V s1, ref V s2, ref V s3)
    {
        s0 = V.MultiplyAdd(_w1, g, _b1 * s0);
        s1 = V.MultiplyAdd(_c * g, g, _b2 * s1);
        s2 = WeightedMean<V>.Of(s2, g, _w3);
        V d = _sq.Divide(V.Sqrt(s1)) + _e;
        p += V.MultiplyAdd(_fastStep, s0, _slowStep * s2) / d;
    }

    /// <summary>beta3 of a step. Of its warm-up's steps the half-lives are evenly spaced, and so are 1 / ln beta3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static double SlowDecayRate(in GroupValues group, long step)
    {
        double last = group[Hyperparameter.Beta3];
        double warmup = group[Hyperparameter.Beta3Warmup];
        if (!(step < warmup))
        {
            return last;
        }

        double share = step / warmup;
        double first = group[Hyperparameter.Beta1];
        double inverse = ((1 - share) / ElementaryFunctions.Log(first)) + (share / ElementaryFunctions.Log(last));
        return ElementaryFunctions.Exp(1 / inverse, 0);
    }

    private readonly record struct Numbers(
        float W1, float B1, float W3, float C, float B2, float FastStep, float SlowStep, float Sq, float E);
}

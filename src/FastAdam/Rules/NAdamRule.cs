using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Rules;

/// <summary>Adam with Nesterov's momentum.</summary>
internal static class NAdamRule
{
    public static RuleDescription Description { get; } = new("NAdam", 1)
    {
        State =
        [
            new("exp_avg", 'm', "the first moment", Follows.FirstMoment),
            new("exp_avg_sq", 'v', "the second moment", Follows.SecondMoment),
        ],
        Hyperparameters =
        [
            (Hyperparameter.LearningRate, 2e-3), (Hyperparameter.Beta1, 0.9), (Hyperparameter.Beta2, 0.999), (Hyperparameter.Epsilon, 1e-8),
            (Hyperparameter.MomentumDecay, 4e-3),
        ],
        Flags = GroupFlags.DecoupledWeightDecay,
        Numbers = [new("mu_product", "Pi", Initial: 1, Largest: 1)],
    };

    public static RuleDocumentation Documentation => new(
        "NAdam",
        [
            "m and v as Adam's; mu_t = beta1 * (1 - 0.96^(t * momentum_decay) / 2); Pi_t the product of mu_1 to mu_t",
            "p = p - lr * ((1 - mu_t) / (1 - Pi_t) * g + mu_(t+1) / (1 - Pi_(t+1)) * m) / (sqrt(v / bc2) + eps)",
        ],
        "PyTorch's NAdam. T. Dozat, \"Incorporating Nesterov momentum into Adam\", 2016")
    {
        Operations =
        [
            new(
                "NAdam",
                "m, v as Adam",
                "d = sqrt(v) / sq + e; p = p + fma(M, m, G * g) / d, G = -lr (1 - mu_t) / (1 - Pi_t), M = -lr "
                + "mu_(t+1) / (1 - Pi_(t+1))"),
        ],
        Arguments = ["lr", "betas", "eps", "weight_decay", "momentum_decay", "decoupled_weight_decay"],
    };
}

/// <summary>The order of operations is that of src/NUMERICS.md.</summary>
internal readonly struct NAdamRule<V> : IRule<NAdamRule<V>, V>
    where V : unmanaged, IVector<V>
{
    private readonly Lerp<V> _w;
    private readonly V _c;
    private readonly V _b2;
    private readonly V _gradientStep;
    private readonly V _momentStep;
    private readonly ConstantDivisor<V> _sq;
    private readonly V _e;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private NAdamRule(in NAdamCoefficients numbers)
    {
        _w = new Lerp<V>(numbers.W);
        _c = V.Broadcast(numbers.C);
        _b2 = V.Broadcast(numbers.B2);
        _gradientStep = V.Broadcast(numbers.GradientStep);
        _momentStep = V.Broadcast(numbers.MomentStep);
        _sq = new ConstantDivisor<V>(numbers.Sq);
        _e = V.Broadcast(numbers.E);
    }

    public static StateArrays State
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => StateArrays.First | StateArrays.Second;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Coefficients Coefficients(in GroupValues group, StepNumbers numbers)
    {
        double mu = MomentumSchedule.At(group, numbers.Step);
        double next = MomentumSchedule.At(group, numbers.Step + 1.0);
        double product = numbers.TensorNumbers[0];
        double gradientStep = -group[Hyperparameter.LearningRate] * (1 - mu) / (1 - product);
        double momentStep = -group[Hyperparameter.LearningRate] * next / (1 - (product * next));
        double rootCorrection = Math.Sqrt(1 - numbers.Beta2Power(group));
        return Rules.Coefficients.Of(new NAdamCoefficients(
            (float)(1 - group[Hyperparameter.Beta1]),
            (float)(1 - group[Hyperparameter.Beta2]),
            (float)group[Hyperparameter.Beta2],
            (float)gradientStep,
            (float)momentStep,
            (float)rootCorrection,
            (float)group[Hyperparameter.Epsilon],
            ScaledCoefficients.Of(group),
            (float)(gradientStep * rootCorrection),
            (float)(momentStep * rootCorrection),
            ScaledCoefficients.Epsilon(group, rootCorrection)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Advance(in GroupValues group, long step, ref TensorNumbers numbers) =>
        numbers[0] *= MomentumSchedule.At(group, step);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NAdamRule<V> Create(in Coefficients coefficients) => new(coefficients.As<NAdamCoefficients>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Update(ref V p, V g, ref V s0, ref V s1, ref V s2, ref V s3)
    {
        s1 = V.MultiplyAdd(_c * g, g, _b2 * s1);
        s0 = _w.Between(s0, g);
        V d = _sq.Divide(V.Sqrt(s1)) + _e;
        p += V.MultiplyAdd(_momentStep, s0, _gradientStep * g) / d;
    }
}

/// <summary>NAdam beside moments in blocks of 8 bits.</summary>
internal readonly struct ScaledNAdamRule<V> : IScaledRule<ScaledNAdamRule<V>, V>
    where V : unmanaged, IVector<V>
{
    private readonly V _gradientStep;
    private readonly V _momentStep;
    private readonly V _e;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ScaledNAdamRule(in NAdamCoefficients coefficients)
    {
        Moments = new ScaledMoments<V>(coefficients.W, coefficients.C, coefficients.B2, coefficients.Scaled);
        _gradientStep = V.Broadcast(coefficients.ScaledGradientStep);
        _momentStep = V.Broadcast(coefficients.ScaledMomentStep);
        _e = V.Broadcast(coefficients.ScaledE);
    }

    public ScaledMoments<V> Moments { get; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScaledNAdamRule<V> Create(in Coefficients coefficients) => new(coefficients.As<NAdamCoefficients>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Update(V m, V g, V root) => V.MultiplyAdd(_momentStep, m, _gradientStep * g) / (root + _e);
}

/// <summary>NAdam's numbers for one step: G and M of src/NUMERICS.md, and what moments in blocks of 8 bits go with.</summary>
internal readonly record struct NAdamCoefficients(
    float W,
    float C,
    float B2,
    float GradientStep,
    float MomentStep,
    float Sq,
    float E,
    ScaledCoefficients Scaled,
    float ScaledGradientStep,
    float ScaledMomentStep,
    float ScaledE);

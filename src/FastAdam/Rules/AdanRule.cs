using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Rules;

/// <summary>Adan.</summary>
internal static class AdanRule
{
    public static RuleDescription Description { get; } = new("Adan", 11)
    {
        State =
        [
            new("exp_avg", 'm', "the first moment", Follows.FirstMoment),
            new("exp_avg_sq", 'n', "the second moment", Follows.SecondMoment),
            new("exp_avg_diff", 'v', "the mean change of the gradient", Follows.FirstMoment),
            new("neg_pre_grad", 'h', "the gradient of the step before, negated", Follows.FirstMoment),
        ],
        Hyperparameters =
        [
            (Hyperparameter.LearningRate, 1e-3), (Hyperparameter.Beta1, 0.98), (Hyperparameter.Beta2, 0.92),
            (Hyperparameter.Beta3, 0.99), (Hyperparameter.Epsilon, 1e-8),
        ],
        Flags = GroupFlags.NoProx,
    };

    public static RuleDocumentation Documentation => new(
        "Adan",
        [
            "k = g + h, in step 1 k = 0; m = beta1 * m + (1 - beta1) * g; v = beta2 * v + (1 - beta2) * k",
            "n = beta3 * n + (1 - beta3) * (g + beta2 * k)^2; h = -g",
            "p = (p - lr * (m / bc1 + beta2 * v / bc2) / (sqrt(n / bc3) + eps)) / (1 + lr * weight_decay), bc3 = 1 - beta3^t",
            "with no_prox p = (1 - lr * weight_decay) * p - lr * (...) / (...)",
        ],
        "Its authors' code. X. Xie et al., \"Adan: adaptive Nesterov momentum algorithm for faster optimizing deep models\", "
        + "2022")
    {
        Operations =
        [
            new(
                "Adan",
                "k = g + h, 0 in step 1; m = fma(1 - beta1, g, beta1 * m); v = fma(1 - beta2, k, beta2 * v); "
                + "u = fma(beta2, k, g); n = fma(c * u, u, beta3 * n), c = 1 - beta3; h = -g",
                "d = sqrt(n) / sqrt(bc3) + e; p = p + fma(M, m, K * v) / d, M = -lr / bc1 * D, K = -lr * beta2 / bc2 * D, "
                + "D = dec = 1 / fma(lr, wd, 1); no_prox: D = 1, dec as AdamW"),
        ],
        Arguments = ["lr", "betas", "eps", "weight_decay"],
    };
}

/// <summary>The order of operations is that of src/NUMERICS.md.</summary>
internal readonly struct AdanRule<V> : IRule<AdanRule<V>, V>
    where V : unmanaged, IVector<V>
{
    private const uint SignBit = 0x8000_0000;

    private readonly V _w1;
    private readonly V _b1;
    private readonly V _w2;
    private readonly V _b2;
    private readonly V _c;
    private readonly V _b3;
    private readonly V _momentStep;
    private readonly V _changeStep;
    private readonly ConstantDivisor<V> _sq;
    private readonly V _e;
    private readonly bool _isFirst;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private AdanRule(in Numbers numbers)
    {
        _w1 = V.Broadcast(numbers.W1);
        _b1 = V.Broadcast(numbers.B1);
        _w2 = V.Broadcast(numbers.W2);
        _b2 = V.Broadcast(numbers.B2);
        _c = V.Broadcast(numbers.C);
        _b3 = V.Broadcast(numbers.B3);
        _momentStep = V.Broadcast(numbers.MomentStep);
        _changeStep = V.Broadcast(numbers.ChangeStep);
        _sq = new ConstantDivisor<V>(numbers.Sq);
        _e = V.Broadcast(numbers.E);
        _isFirst = numbers.IsFirst != 0;
    }

    public static StateArrays State
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => StateArrays.First | StateArrays.Second | StateArrays.Third | StateArrays.Fourth;
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
        double rate = group[Hyperparameter.LearningRate] * (group.Has(GroupFlags.NoProx) ? 1 : Shrinkage(group));
        double beta2 = group[Hyperparameter.Beta2];
        return Rules.Coefficients.Of(new Numbers(
            (float)(1 - group[Hyperparameter.Beta1]),
            (float)group[Hyperparameter.Beta1],
            (float)(1 - beta2),
            (float)beta2,
            (float)(1 - group[Hyperparameter.Beta3]),
            (float)group[Hyperparameter.Beta3],
            (float)(-rate / (1 - numbers.Beta1Power(group))),
            (float)(-rate * beta2 / (1 - numbers.Beta2Power(group))),
            (float)Math.Sqrt(1 - numbers.Beta3Power(group)),
            (float)group[Hyperparameter.Epsilon],
            numbers.Step == 1 ? 1 : 0));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double ParameterDecay(in GroupValues group, StepNumbers numbers) =>
        group.Has(GroupFlags.NoProx) ? WeightDecay.Factor(group) : Shrinkage(group);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static AdanRule<V> Create(in Coefficients coefficients) => new(coefficients.As<Numbers>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Update(ref V p, V g, ref V s0, ref V s1, ref V s2, ref V s3)
    {
        V change = _isFirst ? V.Broadcast(0) : g + s3;
        s0 = V.MultiplyAdd(_w1, g, _b1 * s0);
        s2 = V.MultiplyAdd(_w2, change, _b2 * s2);
        V u = V.MultiplyAdd(_b2, change, g);
        s1 = V.MultiplyAdd(_c * u, u, _b3 * s1);
        V d = _sq.Divide(V.Sqrt(s1)) + _e;
        p += V.MultiplyAdd(_momentStep, s0, _changeStep * s2) / d;
        s3 = g ^ V.BroadcastBits(SignBit);
    }

    /// <summary>What the proximal step leaves of parameter and update.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Shrinkage(in GroupValues group) =>
        1 / Math.FusedMultiplyAdd(group[Hyperparameter.LearningRate], group[Hyperparameter.WeightDecay], 1);

    private readonly record struct Numbers(
        float W1,
        float B1,
        float W2,
        float B2,
        float C,
        float B3,
        float MomentStep,
        float ChangeStep,
        float Sq,
        float E,
        float IsFirst);
}

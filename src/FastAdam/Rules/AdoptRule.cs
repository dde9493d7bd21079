using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Rules;

/// <summary>ADOPT.</summary>
internal static class AdoptRule
{
    public static RuleDescription Description { get; } = new("Adopt", 9)
    {
        PythonName = "ADOPT",
        State =
        [
            new("exp_avg", 'm', "the mean of the normalized gradients", Follows.FirstMoment),
            new("exp_avg_sq", 'v', "the second moment", Follows.SecondMoment),
        ],
        Hyperparameters =
        [
            (Hyperparameter.LearningRate, 1e-3), (Hyperparameter.Beta1, 0.9), (Hyperparameter.Beta2, 0.9999),
            (Hyperparameter.Epsilon, 1e-6), (Hyperparameter.ClipExponent, 0.25),
        ],
        Flags = GroupFlags.DecoupledWeightDecay,
    };

    public static RuleDocumentation Documentation => new(
        "ADOPT",
        [
            "in step 1 v = g^2, and nothing else",
            "then, with c = (t - 1)^clip_exponent, m = beta1 * m + (1 - beta1) * min(max(g / max(sqrt(v), eps), -c), c)",
            "p = p - lr * m; v = beta2 * v + (1 - beta2) * g^2",
        ],
        "Its authors' code of November 22nd, 2024. S. Taniguchi et al., \"ADOPT: modified Adam can converge with any beta2 with "
        + "the optimal rate\", 2024")
    {
        Operations =
        [
            new(
                "ADOPT",
                "m = fma(1 - beta1, n, beta1 * m), n = min(max(g / max(sqrt(v), e), -C), C), NaN stays, "
                + "C = (t - 1)^clip_exponent; then v = mean(v); in step 1 only v = fma(g, g, v)",
                "p = fma(-lr, m, p), before v changes; none in step 1, decay neither"),
        ],
        Arguments = ["lr", "betas", "eps", "clip_exponent", "weight_decay", "decoupled_weight_decay"],
    };
}

/// <summary>The order of operations is that of src/NUMERICS.md.</summary>
internal readonly struct AdoptRule<V> : IRule<AdoptRule<V>, V>
    where V : unmanaged, IVector<V>
{
    private readonly V _w;
    private readonly V _b1;
    private readonly V _c;
    private readonly V _b2;
    private readonly V _step;
    private readonly V _e;
    private readonly V _limit;
    private readonly V _negativeLimit;
    private readonly bool _isFirst;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private AdoptRule(in Numbers numbers)
    {
        _w = V.Broadcast(numbers.W);
        _b1 = V.Broadcast(numbers.B1);
        _c = V.Broadcast(numbers.C);
        _b2 = V.Broadcast(numbers.B2);
        _step = V.Broadcast(numbers.Step);
        _e = V.Broadcast(numbers.E);
        _limit = V.Broadcast(numbers.IsUnlimited != 0 ? float.PositiveInfinity : numbers.Limit);
        _negativeLimit = V.Broadcast(numbers.IsUnlimited != 0 ? float.NegativeInfinity : -numbers.Limit);
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Coefficients Coefficients(in GroupValues group, StepNumbers numbers)
    {
        // Infinity is no coefficient: all are to be finite. A limit that is beyond single precision limits nothing either.
        double exponent = group[Hyperparameter.ClipExponent];
        float limit = double.IsFinite(exponent)
            ? (float)ElementaryFunctions.Power(Math.Max(numbers.Step - 1, 1), exponent)
            : float.PositiveInfinity;
        bool isUnlimited = float.IsPositiveInfinity(limit);
        return Rules.Coefficients.Of(new Numbers(
            (float)(1 - group[Hyperparameter.Beta1]),
            (float)group[Hyperparameter.Beta1],
            (float)(1 - group[Hyperparameter.Beta2]),
            (float)group[Hyperparameter.Beta2],
            (float)-group[Hyperparameter.LearningRate],
            (float)group[Hyperparameter.Epsilon],
            isUnlimited ? 0 : limit,
            isUnlimited ? 1 : 0,
            numbers.Step == 1 ? 1 : 0));
    }

    /// <summary>The first step leaves the parameters as they are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double ParameterDecay(in GroupValues group, StepNumbers numbers) =>
        numbers.Step == 1 ? 1 : WeightDecay.ParameterDecay(group);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static AdoptRule<V> Create(in Coefficients coefficients) => new(coefficients.As<Numbers>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Update(ref V p, V g, ref V s0, ref V s1, ref V s2, ref V s3)
    {
        if (_isFirst)
        {
            s1 = V.MultiplyAdd(g, g, s1);
            return;
        }

        // Both give their right operand where it is NaN.
        V normalized = g / V.Max(_e, V.Sqrt(s1));
        s0 = V.MultiplyAdd(_w, V.Max(_negativeLimit, V.Min(_limit, normalized)), _b1 * s0);
        p = V.MultiplyAdd(_step, s0, p);
        s1 = V.MultiplyAdd(_c * g, g, _b2 * s1);
    }

    private readonly record struct Numbers(
        float W, float B1, float C, float B2, float Step, float E, float Limit, float IsUnlimited, float IsFirst);
}

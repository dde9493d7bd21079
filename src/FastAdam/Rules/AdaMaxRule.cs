using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Rules;

/// <summary>AdaMax, Adam with the infinity norm.</summary>
internal static class AdaMaxRule
{
    public static RuleDescription Description { get; } = new("AdaMax", 3)
    {
        PythonName = "Adamax",
        State =
        [
            new("exp_avg", 'm', "the first moment", Follows.FirstMoment),
            new("exp_inf", 'u', "the infinity norm", Follows.SecondMoment),
        ],
        Hyperparameters =
        [
            (Hyperparameter.LearningRate, 2e-3), (Hyperparameter.Beta1, 0.9), (Hyperparameter.Beta2, 0.999), (Hyperparameter.Epsilon, 1e-8),
        ],
    };

    public static RuleDocumentation Documentation => new(
        "AdaMax",
        [
            "m as Adam's; u = max(beta2 * u, |g| + eps)",
            "p = p - lr / bc1 * m / u",
        ],
        "PyTorch's Adamax. D. P. Kingma, J. Ba, 2015, algorithm 2")
    {
        Operations =
        [
            new(
                "AdaMax",
                "m = lerp(m, g, w); u = max(b2 * u, \\|g\\| + e), NaN from either",
                "p = p + (S * m) / u, S = -lr / bc1"),
        ],
        Arguments = ["lr", "betas", "eps", "weight_decay"],
    };
}

/// <summary>The order of operations is that of src/NUMERICS.md.</summary>
internal readonly struct AdaMaxRule<V> : IRule<AdaMaxRule<V>, V>
    where V : unmanaged, IVector<V>
{
    private const uint Magnitude = 0x7fff_ffff;

    private readonly Lerp<V> _w;
    private readonly V _b2;
    private readonly V _step;
    private readonly V _e;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private AdaMaxRule(in Numbers numbers)
    {
        _w = new Lerp<V>(numbers.W);
        _b2 = V.Broadcast(numbers.B2);
        _step = V.Broadcast(numbers.Step);
        _e = V.Broadcast(numbers.E);
    }

    public static StateArrays State
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => StateArrays.First | StateArrays.Second;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Coefficients Coefficients(in GroupValues group, StepNumbers numbers) =>
        Rules.Coefficients.Of(new Numbers(
            (float)(1 - group[Hyperparameter.Beta1]),
            (float)group[Hyperparameter.Beta2],
            (float)(-group[Hyperparameter.LearningRate] / (1 - numbers.Beta1Power(group))),
            (float)group[Hyperparameter.Epsilon]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static AdaMaxRule<V> Create(in Coefficients coefficients) => new(coefficients.As<Numbers>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Update(ref V p, V g, ref V s0, ref V s1, ref V s2, ref V s3)
    {
        s0 = _w.Between(s0, g);
        V decayed = _b2 * s1;

        // The larger one, or whichever is NaN.
        s1 = V.SelectIfNaN(decayed, decayed, V.Max(decayed, (g & Magnitude) + _e));
        p += _step * s0 / s1;
    }

    private readonly record struct Numbers(float W, float B2, float Step, float E);
}

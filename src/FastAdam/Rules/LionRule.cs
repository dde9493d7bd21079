using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Rules;

/// <summary>Lion.</summary>
internal static class LionRule
{
    public static RuleDescription Description { get; } = new("Lion", 7)
    {
        State =
        [
            new("exp_avg", 'm', "the first moment", Follows.FirstMoment),
        ],
        KeepsStep = false,
        Hyperparameters =
        [
            (Hyperparameter.LearningRate, 1e-4), (Hyperparameter.Beta1, 0.9), (Hyperparameter.Beta2, 0.99),
        ],
        Flags = GroupFlags.DecoupledWeightDecay,
        DefaultFlags = GroupFlags.DecoupledWeightDecay,
    };

    public static RuleDocumentation Documentation => new(
        "Lion",
        [
            "p = p - lr * sign(beta1 * m + (1 - beta1) * g)",
            "m = beta2 * m + (1 - beta2) * g",
        ],
        "Its authors' code. X. Chen et al., \"Symbolic discovery of optimization algorithms\", 2023")
    {
        Operations =
        [
            new(
                "Lion",
                "m = fma(1 - beta2, g, beta2 * m), after the update",
                "p = fma(-lr, sign(fma(1 - beta1, g, beta1 * m)), p)"),
        ],
        Arguments = ["lr", "betas", "weight_decay"],
    };
}

/// <summary>The sign of zero is zero, that of NaN is NaN. Two products are added, and no difference is taken, which could overflow.</summary>
internal readonly struct LionRule<V> : IRule<LionRule<V>, V>
    where V : unmanaged, IVector<V>
{
    /// <summary>Twice, it takes any number but zero beyond 1.</summary>
    private const float Large = 1.7014118e38f;

    private readonly V _b1;
    private readonly V _w1;
    private readonly V _b2;
    private readonly V _w2;
    private readonly V _step;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private LionRule(in Numbers numbers)
    {
        _b1 = V.Broadcast(numbers.B1);
        _w1 = V.Broadcast(numbers.W1);
        _b2 = V.Broadcast(numbers.B2);
        _w2 = V.Broadcast(numbers.W2);
        _step = V.Broadcast(numbers.Step);
    }

    public static StateArrays State
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => StateArrays.First;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Coefficients Coefficients(in GroupValues group, StepNumbers numbers) =>
        Rules.Coefficients.Of(new Numbers(
            (float)group[Hyperparameter.Beta1],
            (float)(1 - group[Hyperparameter.Beta1]),
            (float)group[Hyperparameter.Beta2],
            (float)(1 - group[Hyperparameter.Beta2]),
            (float)-group[Hyperparameter.LearningRate]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LionRule<V> Create(in Coefficients coefficients) => new(coefficients.As<Numbers>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Update(ref V p, V g, ref V s0, ref V s1, ref V s2, ref V s3)
    {
        V large = V.Broadcast(Large);
        V direction = V.MultiplyAdd(_w1, g, _b1 * s0);
        V sign = V.Max(V.Broadcast(-1), V.Min(V.Broadcast(1), direction * large * large));
        p = V.MultiplyAdd(_step, sign, p);
        s0 = V.MultiplyAdd(_w2, g, _b2 * s0);
    }

    private readonly record struct Numbers(float B1, float W1, float B2, float W2, float Step);
}

using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Rules;

/// <summary>AdaGrad.</summary>
internal static class AdaGradRule
{
    public static RuleDescription Description { get; } = new("AdaGrad", 5)
    {
        PythonName = "Adagrad",
        State =
        [
            new("sum", 's', "the sum of squares", Follows.SecondMoment) { InitialValue = "initial_accumulator_value" },
        ],
        Hyperparameters =
        [
            (Hyperparameter.LearningRate, 1e-2), (Hyperparameter.LearningRateDecay, 0), (Hyperparameter.Epsilon, 1e-10),
        ],
    };

    public static RuleDocumentation Documentation => new(
        "AdaGrad",
        [
            "s = s + g^2",
            "p = p - lr / (1 + (t - 1) * lr_decay) * g / (sqrt(s) + eps)",
        ],
        "PyTorch's Adagrad with fused=True. J. Duchi, E. Hazan, Y. Singer, \"Adaptive subgradient methods for online learning and "
        + "stochastic optimization\", 2011")
    {
        Operations =
        [
            new("AdaGrad", "s = fma(g, g, s)", "p = p - (R * g) / (sqrt(s) + e), R = lr / fma(t - 1, lr_decay, 1)"),
        ],
        Arguments = ["lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps"],
        StartsWithState = true,
    };
}

/// <summary>The order of operations is that of PyTorch's fused CPU kernel.</summary>
internal readonly struct AdaGradRule<V> : IRule<AdaGradRule<V>, V>
    where V : unmanaged, IVector<V>
{
    private readonly V _rate;
    private readonly V _e;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private AdaGradRule(in Numbers numbers)
    {
        _rate = V.Broadcast(numbers.Rate);
        _e = V.Broadcast(numbers.E);
    }

    public static StateArrays State
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => StateArrays.First;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Coefficients Coefficients(in GroupValues group, StepNumbers numbers) =>
        Rules.Coefficients.Of(new Numbers(
            (float)(group[Hyperparameter.LearningRate] / Math.FusedMultiplyAdd(numbers.Step - 1, group[Hyperparameter.LearningRateDecay], 1)),
            (float)group[Hyperparameter.Epsilon]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static AdaGradRule<V> Create(in Coefficients coefficients) => new(coefficients.As<Numbers>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Update(ref V p, V g, ref V s0, ref V s1, ref V s2, ref V s3)
    {
        s0 = V.MultiplyAdd(g, g, s0);
        p -= _rate * g / (V.Sqrt(s0) + _e);
    }

    private readonly record struct Numbers(float Rate, float E);
}

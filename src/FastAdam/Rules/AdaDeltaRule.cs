using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Rules;

/// <summary>AdaDelta.</summary>
internal static class AdaDeltaRule
{
    public static RuleDescription Description { get; } = new("AdaDelta", 12)
    {
        PythonName = "Adadelta",
        State =
        [
            new("square_avg", 's', "the mean square", Follows.SecondMoment),
            new("acc_delta", 'a', "the mean square of the updates", Follows.SecondMoment),
        ],
        Hyperparameters =
        [
            (Hyperparameter.LearningRate, 1), (Hyperparameter.Beta2, 0.9), (Hyperparameter.Epsilon, 1e-6),
        ],
        PythonNames = [(Hyperparameter.Beta2, "rho")],
    };

    public static RuleDocumentation Documentation => new(
        "AdaDelta",
        [
            "s = beta2 * s + (1 - beta2) * g^2; u = sqrt(a + eps) / sqrt(s + eps) * g",
            "a = beta2 * a + (1 - beta2) * u^2; p = p - lr * u",
        ],
        "PyTorch's Adadelta, whose rho is beta2. M. D. Zeiler, \"ADADELTA: an adaptive learning rate method\", 2012")
    {
        Operations =
        [
            new("AdaDelta", "s = mean(s); u = sqrt(a + e) / sqrt(s + e) * g; a = fma(c * u, u, b2 * a)", "p = fma(-lr, u, p)"),
        ],
        Arguments = ["lr", "rho", "eps", "weight_decay"],
    };
}

/// <summary>The order of operations is that of PyTorch's operators.</summary>
internal readonly struct AdaDeltaRule<V> : IRule<AdaDeltaRule<V>, V>
    where V : unmanaged, IVector<V>
{
    private readonly V _c;
    private readonly V _b2;
    private readonly V _e;
    private readonly V _step;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private AdaDeltaRule(in Numbers numbers)
    {
        _c = V.Broadcast(numbers.C);
        _b2 = V.Broadcast(numbers.B2);
        _e = V.Broadcast(numbers.E);
        _step = V.Broadcast(numbers.Step);
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
    public static Coefficients Coefficients(in GroupValues group, StepNumbers numbers) =>
        Rules.Coefficients.Of(new Numbers(
            (float)(1 - group[Hyperparameter.Beta2]),
            (float)group[Hyperparameter.Beta2],
            (float)group[Hyperparameter.Epsilon],
            (float)-group[Hyperparameter.LearningRate]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static AdaDeltaRule<V> Create(in Coefficients coefficients) => new(coefficients.As<Numbers>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Update(ref V p, V g, ref V s0, ref V s1, ref V s2, ref V s3)
    {
        s0 = V.MultiplyAdd(_c * g, g, _b2 * s0);
        V update = V.Sqrt(s1 + _e) / V.Sqrt(s0 + _e) * g;
        s1 = V.MultiplyAdd(_c * update, update, _b2 * s1);
        p = V.MultiplyAdd(_step, update, p);
    }

    private readonly record struct Numbers(float C, float B2, float E, float Step);
}

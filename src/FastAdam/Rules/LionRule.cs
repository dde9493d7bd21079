using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Rules;

/// <summary>
/// Lion (X. Chen et al., "Symbolic discovery of optimization algorithms", 2023): p = p - lr * sign(beta1 * m + (1 - beta1) * g);
/// m = beta2 * m + (1 - beta2) * g. The sign of zero is zero, that of NaN is NaN.
/// </summary>
internal readonly struct LionRule<V> : IRule<LionRule<V>, V>
    where V : unmanaged, IVector<V>
{
    /// <summary>Twice, it takes any number but zero beyond 1.</summary>
    private const float Large = 1.7014118e38f;

    private readonly Lerp<V> _w1;
    private readonly Lerp<V> _w2;
    private readonly V _step;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private LionRule(in Numbers numbers)
    {
        _w1 = new Lerp<V>(numbers.W1);
        _w2 = new Lerp<V>(numbers.W2);
        _step = V.Broadcast(numbers.Step);
    }

    public static StateArrays State
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => StateArrays.First;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Coefficients Coefficients(in Hyperparameters hyperparameters, in StepNumbers numbers) =>
        Rules.Coefficients.Of(new Numbers(
            (float)(1 - hyperparameters.Beta1),
            (float)(1 - hyperparameters.Beta2),
            (float)-hyperparameters.LearningRate));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LionRule<V> Create(in Coefficients coefficients) => new(coefficients.As<Numbers>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Update(ref V p, V g, ref V m, ref V v, ref V x)
    {
        V large = V.Broadcast(Large);
        V sign = V.Max(V.Broadcast(-1), V.Min(V.Broadcast(1), _w1.Between(m, g) * large * large));
        p = V.MultiplyAdd(_step, sign, p);
        m = _w2.Between(m, g);
    }

    private readonly record struct Numbers(float W1, float W2, float Step);
}

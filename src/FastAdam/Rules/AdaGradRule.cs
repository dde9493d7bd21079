using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Rules;

/// <summary>
/// AdaGrad (J. Duchi, E. Hazan, Y. Singer, "Adaptive subgradient methods for online learning and stochastic optimization",
/// 2011), in the order of operations of PyTorch's fused CPU kernel: s = s + g^2;
/// p = p - lr / (1 + (t - 1) * lr_decay) * g / (sqrt(s) + eps). The second state array is s.
/// </summary>
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
        get => StateArrays.Second;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Coefficients Coefficients(in Hyperparameters hyperparameters, in StepNumbers numbers) =>
        Rules.Coefficients.Of(new Numbers(
            (float)(hyperparameters.LearningRate / Math.FusedMultiplyAdd(numbers.Step - 1, hyperparameters.LearningRateDecay, 1)),
            (float)hyperparameters.Epsilon));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static AdaGradRule<V> Create(in Coefficients coefficients) => new(coefficients.As<Numbers>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Update(ref V p, V g, ref V m, ref V v, ref V x)
    {
        v = V.MultiplyAdd(g, g, v);
        p -= _rate * g / (V.Sqrt(v) + _e);
    }

    private readonly record struct Numbers(float Rate, float E);
}

using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Rules;

/// <summary>
/// Gradient descent with momentum (B. T. Polyak, 1964), damped or not, and Nesterov's (Y. Nesterov, 1983; I. Sutskever et al.,
/// 2013), in the order of operations of PyTorch's fused CPU kernel of SGD: b = momentum * b + (1 - dampening) * g, in the first
/// step b = g; p = p - lr * b, with Nesterov p = p - lr * (g + momentum * b). The first state array is b.
/// </summary>
internal readonly struct MomentumRule<V> : IRule<MomentumRule<V>, V>
    where V : unmanaged, IVector<V>
{
    private readonly V _momentum;
    private readonly V _gradientWeight;
    private readonly V _step;
    private readonly bool _isFirst;
    private readonly bool _isNesterov;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private MomentumRule(in Numbers numbers)
    {
        _momentum = V.Broadcast(numbers.Momentum);
        _gradientWeight = V.Broadcast(numbers.GradientWeight);
        _step = V.Broadcast(numbers.Step);
        _isFirst = numbers.IsFirst != 0;
        _isNesterov = numbers.IsNesterov != 0;
    }

    public static StateArrays State
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => StateArrays.First;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Coefficients Coefficients(in Hyperparameters hyperparameters, in StepNumbers numbers) =>
        Rules.Coefficients.Of(new Numbers(
            (float)hyperparameters.Momentum,
            (float)(1 - hyperparameters.Dampening),
            (float)-hyperparameters.LearningRate,
            numbers.Step == 1 ? 1 : 0,
            hyperparameters.Nesterov ? 1 : 0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MomentumRule<V> Create(in Coefficients coefficients) => new(coefficients.As<Numbers>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Update(ref V p, V g, ref V m, ref V v, ref V x)
    {
        m = _isFirst ? g : V.MultiplyAdd(g, _gradientWeight, _momentum * m);
        V direction = _isNesterov ? V.MultiplyAdd(m, _momentum, g) : m;
        p = V.MultiplyAdd(direction, _step, p);
    }

    private readonly record struct Numbers(float Momentum, float GradientWeight, float Step, float IsFirst, float IsNesterov);
}

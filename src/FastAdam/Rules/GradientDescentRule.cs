using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Rules;

/// <summary>Gradient descent, in the order of operations of PyTorch's fused CPU kernel of SGD: p = p - lr * g.</summary>
internal readonly struct GradientDescentRule<V> : IRule<GradientDescentRule<V>, V>
    where V : unmanaged, IVector<V>
{
    private readonly V _step;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private GradientDescentRule(float step) => _step = V.Broadcast(step);

    public static StateArrays State
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => StateArrays.None;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Coefficients Coefficients(in Hyperparameters hyperparameters, in StepNumbers numbers) =>
        Rules.Coefficients.Of((float)-hyperparameters.LearningRate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static GradientDescentRule<V> Create(in Coefficients coefficients) => new(coefficients.As<float>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Update(ref V p, V g, ref V m, ref V v, ref V x) => p = V.MultiplyAdd(g, _step, p);
}

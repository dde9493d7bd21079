using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Rules;

/// <summary>
/// RMSProp (T. Tieleman, G. Hinton, 2012), centered (A. Graves, "Generating sequences with recurrent neural networks", 2013) or
/// not, with momentum or not, as PyTorch has it: s = alpha * s + (1 - alpha) * g^2; centered a = alpha * a + (1 - alpha) * g and
/// d = sqrt(s - a^2) + eps, else d = sqrt(s) + eps; with momentum b = momentum * b + g / d and p = p - lr * b, else
/// p = p - lr * g / d. The state arrays are b, s and a.
/// </summary>
internal readonly struct RmsPropRule<V, TCentered, TMomentum> : IRule<RmsPropRule<V, TCentered, TMomentum>, V>
    where V : unmanaged, IVector<V>
    where TCentered : ISwitch
    where TMomentum : ISwitch
{
    private readonly V _alpha;
    private readonly V _c;
    private readonly Lerp<V> _w;
    private readonly V _momentum;
    private readonly V _step;
    private readonly V _e;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private RmsPropRule(in Numbers numbers)
    {
        _alpha = V.Broadcast(numbers.Alpha);
        _c = V.Broadcast(numbers.C);
        _w = new Lerp<V>(numbers.C);
        _momentum = V.Broadcast(numbers.Momentum);
        _step = V.Broadcast(numbers.Step);
        _e = V.Broadcast(numbers.E);
    }

    public static StateArrays State
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => StateArrays.Second
            | (TMomentum.IsOn ? StateArrays.First : StateArrays.None)
            | (TCentered.IsOn ? StateArrays.Third : StateArrays.None);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Coefficients Coefficients(in Hyperparameters hyperparameters, in StepNumbers numbers) =>
        Rules.Coefficients.Of(new Numbers(
            (float)hyperparameters.Beta2,
            (float)(1 - hyperparameters.Beta2),
            (float)hyperparameters.Momentum,
            (float)-hyperparameters.LearningRate,
            (float)hyperparameters.Epsilon));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RmsPropRule<V, TCentered, TMomentum> Create(in Coefficients coefficients) => new(coefficients.As<Numbers>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Update(ref V p, V g, ref V m, ref V v, ref V x)
    {
        v = V.MultiplyAdd(_c * g, g, _alpha * v);
        V variance = v;
        if (TCentered.IsOn)
        {
            x = _w.Between(x, g);

            // Not below zero, which rounding can bring it, and the root to NaN. NaN stays.
            variance = V.Max(V.Broadcast(0), V.MultiplyAddNegated(x, x, v));
        }

        V d = V.Sqrt(variance) + _e;
        if (TMomentum.IsOn)
        {
            m = V.MultiplyAdd(_momentum, m, g / d);
            p = V.MultiplyAdd(_step, m, p);
        }
        else
        {
            p += _step * g / d;
        }
    }

    private readonly record struct Numbers(float Alpha, float C, float Momentum, float Step, float E);
}

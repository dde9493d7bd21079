using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Rules;

/// <summary>
/// AdaMax, Adam with the infinity norm (D. P. Kingma, J. Ba, 2015, algorithm 2), as PyTorch has it:
/// u = max(beta2 * u, |g| + eps); p = p - lr / (1 - beta1^t) * m / u. The second state array is u.
/// </summary>
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
    public static Coefficients Coefficients(in Hyperparameters hyperparameters, in StepNumbers numbers) =>
        Rules.Coefficients.Of(new Numbers(
            (float)(1 - hyperparameters.Beta1),
            (float)hyperparameters.Beta2,
            (float)(-hyperparameters.LearningRate / (1 - numbers.Beta1Power)),
            (float)hyperparameters.Epsilon));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static AdaMaxRule<V> Create(in Coefficients coefficients) => new(coefficients.As<Numbers>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Update(ref V p, V g, ref V m, ref V v, ref V x)
    {
        m = _w.Between(m, g);
        V decayed = _b2 * v;

        // The larger one, or whichever is NaN.
        v = V.SelectIfNaN(decayed, decayed, V.Max(decayed, (g & Magnitude) + _e));
        p += _step * m / v;
    }

    private readonly record struct Numbers(float W, float B2, float Step, float E);
}

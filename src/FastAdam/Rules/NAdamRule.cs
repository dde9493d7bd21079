using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Rules;

/// <summary>
/// Adam with Nesterov's momentum (T. Dozat, "Incorporating Nesterov momentum into Adam", 2016) as PyTorch's NAdam has it, with
/// mu_t = beta1 * (1 - 0.96^(t * momentum_decay) / 2):
/// p = p - lr * ((1 - mu_t) / (1 - prod mu up to t) * g + mu_(t+1) / (1 - prod mu up to t + 1) * m) / (sqrt(v / bc2) + eps).
/// </summary>
internal readonly struct NAdamRule<V> : IRule<NAdamRule<V>, V>
    where V : unmanaged, IVector<V>
{
    private readonly Lerp<V> _w;
    private readonly V _c;
    private readonly V _b2;
    private readonly V _gradientStep;
    private readonly V _momentStep;
    private readonly ConstantDivisor<V> _sq;
    private readonly V _e;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private NAdamRule(in Numbers numbers)
    {
        _w = new Lerp<V>(numbers.W);
        _c = V.Broadcast(numbers.C);
        _b2 = V.Broadcast(numbers.B2);
        _gradientStep = V.Broadcast(numbers.GradientStep);
        _momentStep = V.Broadcast(numbers.MomentStep);
        _sq = new ConstantDivisor<V>(numbers.Sq);
        _e = V.Broadcast(numbers.E);
    }

    public static StateArrays State
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => StateArrays.First | StateArrays.Second;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Coefficients Coefficients(in Hyperparameters hyperparameters, in StepNumbers numbers)
    {
        double mu = MomentumSchedule.At(hyperparameters, numbers.Step);
        double next = MomentumSchedule.At(hyperparameters, numbers.Step + 1.0);
        return Rules.Coefficients.Of(new Numbers(
            (float)(1 - hyperparameters.Beta1),
            (float)(1 - hyperparameters.Beta2),
            (float)hyperparameters.Beta2,
            (float)(-hyperparameters.LearningRate * (1 - mu) / (1 - numbers.MomentumProduct)),
            (float)(-hyperparameters.LearningRate * next / (1 - (numbers.MomentumProduct * next))),
            (float)Math.Sqrt(1 - numbers.Beta2Power),
            (float)hyperparameters.Epsilon));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NAdamRule<V> Create(in Coefficients coefficients) => new(coefficients.As<Numbers>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Update(ref V p, V g, ref V m, ref V v, ref V x)
    {
        v = V.MultiplyAdd(_c * g, g, _b2 * v);
        m = _w.Between(m, g);
        V d = _sq.Divide(V.Sqrt(v)) + _e;
        p += V.MultiplyAdd(_momentStep, m, _gradientStep * g) / d;
    }

    private readonly record struct Numbers(float W, float C, float B2, float GradientStep, float MomentStep, float Sq, float E);
}

using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Rules;

/// <summary>
/// Rectified Adam (L. Liu et al., "On the variance of the adaptive learning rate and beyond", 2020) as PyTorch has it. With
/// rho = 2 / (1 - beta2) - 1 and rho_t = rho - 2 * t * beta2^t / (1 - beta2^t):
/// p = p - lr / bc1 * m * rect * sqrt(bc2) / (sqrt(v) + eps) where rho_t is above 5, else p = p - lr / bc1 * m, and
/// rect = sqrt((rho_t - 4) * (rho_t - 2) * rho / ((rho - 4) * (rho - 2) * rho_t)).
/// </summary>
internal readonly struct RAdamRule<V> : IRule<RAdamRule<V>, V>
    where V : unmanaged, IVector<V>
{
    /// <summary>What rho_t must be above for the second moment to be used; PyTorch's, where the paper has 4.</summary>
    private const double SmallestLength = 5;

    private readonly Lerp<V> _w;
    private readonly V _c;
    private readonly V _b2;
    private readonly V _step;
    private readonly V _e;
    private readonly bool _isAdaptive;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private RAdamRule(in Numbers numbers)
    {
        _w = new Lerp<V>(numbers.W);
        _c = V.Broadcast(numbers.C);
        _b2 = V.Broadcast(numbers.B2);
        _step = V.Broadcast(numbers.Step);
        _e = V.Broadcast(numbers.E);
        _isAdaptive = numbers.IsAdaptive != 0;
    }

    public static StateArrays State
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => StateArrays.First | StateArrays.Second;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Coefficients Coefficients(in Hyperparameters hyperparameters, in StepNumbers numbers)
    {
        double bc2 = 1 - numbers.Beta2Power;
        double rho = (2 / (1 - hyperparameters.Beta2)) - 1;
        double length = rho - (2 * (double)numbers.Step * numbers.Beta2Power / bc2);
        bool isAdaptive = length > SmallestLength;
        double rect = isAdaptive
            ? Math.Sqrt((length - 4) * (length - 2) * rho / ((rho - 4) * (rho - 2) * length)) * Math.Sqrt(bc2)
            : 1;
        return Rules.Coefficients.Of(new Numbers(
            (float)(1 - hyperparameters.Beta1),
            (float)(1 - hyperparameters.Beta2),
            (float)hyperparameters.Beta2,
            (float)(-hyperparameters.LearningRate / (1 - numbers.Beta1Power) * rect),
            (float)hyperparameters.Epsilon,
            isAdaptive ? 1 : 0));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RAdamRule<V> Create(in Coefficients coefficients) => new(coefficients.As<Numbers>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Update(ref V p, V g, ref V m, ref V v, ref V x)
    {
        v = V.MultiplyAdd(_c * g, g, _b2 * v);
        m = _w.Between(m, g);
        V update = _step * m;
        if (_isAdaptive)
        {
            update /= V.Sqrt(v) + _e;
        }

        p += update;
    }

    private readonly record struct Numbers(float W, float C, float B2, float Step, float E, float IsAdaptive);
}

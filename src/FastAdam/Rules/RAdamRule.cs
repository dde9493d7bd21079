using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Rules;

/// <summary>Rectified Adam.</summary>
internal static class RAdamRule
{
    public static RuleDescription Description { get; } = new("RAdam", 2)
    {
        State =
        [
            new("exp_avg", 'm', "the first moment", Follows.FirstMoment),
            new("exp_avg_sq", 'v', "the second moment", Follows.SecondMoment),
        ],
        Hyperparameters =
        [
            (Hyperparameter.LearningRate, 1e-3), (Hyperparameter.Beta1, 0.9), (Hyperparameter.Beta2, 0.999), (Hyperparameter.Epsilon, 1e-8),
        ],
        Flags = GroupFlags.DecoupledWeightDecay,
    };

    public static RuleDocumentation Documentation => new(
        "RAdam",
        [
            "m and v as Adam's; rho = 2 / (1 - beta2) - 1; rho_t = rho - 2 * t * beta2^t / bc2",
            "r = sqrt((rho_t - 4) * (rho_t - 2) * rho / ((rho - 4) * (rho - 2) * rho_t))",
            "p = p - lr / bc1 * m * r * sqrt(bc2) / (sqrt(v) + eps) where rho_t > 5, else p = p - lr / bc1 * m",
        ],
        "PyTorch's RAdam. L. Liu et al., \"On the variance of the adaptive learning rate and beyond\", 2020")
    {
        Operations =
        [
            new(
                "RAdam",
                "m, v as Adam",
                "u = S * m; p = p + u / (sqrt(v) + e) where rho_t > 5, else p = p + u; S = -lr / bc1 [* rect * "
                + "sqrt(bc2)]"),
        ],
        Arguments = ["lr", "betas", "eps", "weight_decay", "decoupled_weight_decay"],
    };
}

/// <summary>The order of operations is that of src/NUMERICS.md.</summary>
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
    private RAdamRule(in RAdamCoefficients numbers)
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
    public static Coefficients Coefficients(in GroupValues group, StepNumbers numbers)
    {
        double bc2 = 1 - numbers.Beta2Power(group);
        double rho = (2 / (1 - group[Hyperparameter.Beta2])) - 1;
        double length = rho - (2 * (double)numbers.Step * numbers.Beta2Power(group) / bc2);
        bool isAdaptive = length > SmallestLength;
        double rect = isAdaptive
            ? Math.Sqrt((length - 4) * (length - 2) * rho / ((rho - 4) * (rho - 2) * length)) * Math.Sqrt(bc2)
            : 1;
        return Rules.Coefficients.Of(new RAdamCoefficients(
            (float)(1 - group[Hyperparameter.Beta1]),
            (float)(1 - group[Hyperparameter.Beta2]),
            (float)group[Hyperparameter.Beta2],
            (float)(-group[Hyperparameter.LearningRate] / (1 - numbers.Beta1Power(group)) * rect),
            (float)group[Hyperparameter.Epsilon],
            isAdaptive ? 1 : 0,
            ScaledCoefficients.Of(group)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RAdamRule<V> Create(in Coefficients coefficients) => new(coefficients.As<RAdamCoefficients>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Update(ref V p, V g, ref V s0, ref V s1, ref V s2, ref V s3)
    {
        s1 = V.MultiplyAdd(_c * g, g, _b2 * s1);
        s0 = _w.Between(s0, g);
        V update = _step * s0;
        if (_isAdaptive)
        {
            update /= V.Sqrt(s1) + _e;
        }

        p += update;
    }
}

/// <summary>RAdam beside moments in blocks of 8 bits.</summary>
internal readonly struct ScaledRAdamRule<V> : IScaledRule<ScaledRAdamRule<V>, V>
    where V : unmanaged, IVector<V>
{
    private readonly V _step;
    private readonly V _e;
    private readonly bool _isAdaptive;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ScaledRAdamRule(in RAdamCoefficients coefficients)
    {
        Moments = new ScaledMoments<V>(coefficients.W, coefficients.C, coefficients.B2, coefficients.Scaled);
        _step = V.Broadcast(coefficients.Step);
        _e = V.Broadcast(coefficients.E);
        _isAdaptive = coefficients.IsAdaptive != 0;
    }

    public ScaledMoments<V> Moments { get; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScaledRAdamRule<V> Create(in Coefficients coefficients) => new(coefficients.As<RAdamCoefficients>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Update(V m, V g, V root) => _isAdaptive ? _step * m / (root + _e) : _step * m;
}

/// <summary>RAdam's numbers for one step: S of src/NUMERICS.md, and whether the second moment is used.</summary>
internal readonly record struct RAdamCoefficients(
    float W, float C, float B2, float Step, float E, float IsAdaptive, ScaledCoefficients Scaled);

using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Rules;

/// <summary>Adam, AdamW and AMSGrad.</summary>
internal static class AdamRule
{
    public static RuleDescription Description { get; } = new("Adam", 0)
    {
        State =
        [
            new("exp_avg", 'm', "the first moment", Follows.FirstMoment),
            new("exp_avg_sq", 'v', "the second moment", Follows.SecondMoment),
            new("max_exp_avg_sq", 'x', "the largest second moment so far", Follows.SecondMoment) { IfOn = GroupFlags.AmsGrad },
        ],
        Hyperparameters =
        [
            (Hyperparameter.LearningRate, 1e-3), (Hyperparameter.Beta1, 0.9), (Hyperparameter.Beta2, 0.999), (Hyperparameter.Epsilon, 1e-8),
        ],
        Flags = GroupFlags.DecoupledWeightDecay | GroupFlags.AmsGrad,
        Presets = [new("AdamW", GroupFlags.DecoupledWeightDecay, WeightDecay: 1e-2)],
    };

    public static RuleDocumentation Documentation => new(
        "Adam, AdamW, AMSGrad",
        [
            "m = beta1 * m + (1 - beta1) * g",
            "v = beta2 * v + (1 - beta2) * g^2; with amsgrad x = max(x, v), which stands below for v",
            "p = p - lr / bc1 * m / (sqrt(v) / sqrt(bc2) + eps)",
        ],
        "PyTorch's Adam and AdamW with fused=True. D. P. Kingma, J. Ba, \"Adam: a method for stochastic optimization\", 2015; I. Loshchilov, "
        + "F. Hutter, \"Decoupled weight decay regularization\", 2019; S. J. Reddi, S. Kale, S. Kumar, \"On the convergence of Adam and "
        + "beyond\", 2018")
    {
        Operations =
        [
            new("AMSGrad", "m, v as Adam; x = max(x, v), NaN from either", "d = sqrt(x) / sq + e; p = p + (ss * m) / d"),
        ],
        Arguments = ["lr", "betas", "eps", "weight_decay", "amsgrad"],
    };
}

/// <summary>The order of operations is that of PyTorch's fused CPU kernel: src/NUMERICS.md gives it and says why each line is as it
/// is.</summary>
internal readonly struct AdamRule<V, TAmsGrad> : IRule<AdamRule<V, TAmsGrad>, V>
    where V : unmanaged, IVector<V>
    where TAmsGrad : ISwitch
{
    private readonly Lerp<V> _w;
    private readonly V _c;
    private readonly V _b2;
    private readonly V _ss;
    private readonly ConstantDivisor<V> _sq;
    private readonly V _e;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private AdamRule(in AdamCoefficients coefficients)
    {
        _w = new Lerp<V>(coefficients.W);
        _c = V.Broadcast(coefficients.C);
        _b2 = V.Broadcast(coefficients.B2);
        _ss = V.Broadcast(coefficients.Ss);
        _sq = new ConstantDivisor<V>(coefficients.Sq);
        _e = V.Broadcast(coefficients.E);
    }

    public static StateArrays State
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => StateArrays.First | StateArrays.Second | (TAmsGrad.IsOn ? StateArrays.Third : StateArrays.None);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Coefficients Coefficients(in GroupValues group, StepNumbers numbers)
    {
        AdamCoefficients coefficients = AdamCoefficients.Of(group);
        coefficients.SetStep(group, numbers);
        return Rules.Coefficients.Of(coefficients);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static AdamRule<V, TAmsGrad> Create(in Coefficients coefficients) => new(coefficients.As<AdamCoefficients>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Update(ref V p, V g, ref V s0, ref V s1, ref V s2, ref V s3)
    {
        s1 = V.MultiplyAdd(_c * g, g, _b2 * s1);
        s0 = _w.Between(s0, g);
        V v = s1;
        if (TAmsGrad.IsOn)
        {
            // The larger one, or whichever is NaN. Before the bias correction, as in PyTorch.
            s2 = V.SelectIfNaN(s2, s2, V.Max(s2, s1));
            v = s2;
        }

        p += _ss * s0 / (_sq.Divide(V.Sqrt(v)) + _e);
    }
}

/// <summary>Adam beside moments in blocks of 8 bits.</summary>
internal readonly struct ScaledAdamRule<V> : IScaledRule<ScaledAdamRule<V>, V>
    where V : unmanaged, IVector<V>
{
    private readonly V _ss;
    private readonly V _e;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ScaledAdamRule(in AdamCoefficients coefficients)
    {
        Moments = new ScaledMoments<V>(coefficients.W, coefficients.C, coefficients.B2, coefficients.Scaled);
        _ss = V.Broadcast(coefficients.ScaledSs);
        _e = V.Broadcast(coefficients.ScaledE);
    }

    public ScaledMoments<V> Moments { get; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScaledAdamRule<V> Create(in Coefficients coefficients) => new(coefficients.As<AdamCoefficients>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Update(V m, V g, V root) => _ss * m / (root + _e);
}

/// <summary>Adam's numbers for one step.</summary>
/// <param name="W">w = 1 - beta1.</param>
/// <param name="C">c = 1 - beta2.</param>
/// <param name="B2">beta2.</param>
/// <param name="Ss">ss = -(lr / (1 - beta1^t)).</param>
/// <param name="Sq">sq = sqrt(1 - beta2^t).</param>
/// <param name="E">eps.</param>
/// <param name="Scaled">Those of moments in blocks of 8 bits.</param>
/// <param name="ScaledSs">ss * sq, which those go with.</param>
/// <param name="ScaledE">eps * sq.</param>
internal record struct AdamCoefficients(
    float W, float C, float B2, float Ss, float Sq, float E, ScaledCoefficients Scaled, float ScaledSs, float ScaledE)
{
    /// <summary>Those that no step changes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static AdamCoefficients Of(in GroupValues group) => new(
        // 1 - beta in double, then rounded: 1f - 0.999f is off by 4.7e-5.
        (float)(1 - group[Hyperparameter.Beta1]),
        (float)(1 - group[Hyperparameter.Beta2]),
        (float)group[Hyperparameter.Beta2],
        default,
        default,
        (float)group[Hyperparameter.Epsilon],
        ScaledCoefficients.Of(group),
        default,
        default);

    /// <summary>Computes what another step changes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SetStep(in GroupValues group, StepNumbers numbers)
    {
        double stepSize = group[Hyperparameter.LearningRate] / (1 - numbers.Beta1Power(group));
        double rootCorrection = Math.Sqrt(1 - numbers.Beta2Power(group));
        if (group.Has(GroupFlags.EpsilonBesideRoot))
        {
            stepSize *= rootCorrection;
            rootCorrection = 1;
        }

        Ss = -(float)stepSize;
        Sq = (float)rootCorrection;
        ScaledSs = -(float)(stepSize * rootCorrection);
        ScaledE = ScaledCoefficients.Epsilon(group, rootCorrection);
    }
}

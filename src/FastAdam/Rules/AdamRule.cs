using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Rules;

/// <summary>
/// Adam (D. P. Kingma, J. Ba, 2015) and AdamW (I. Loshchilov, F. Hutter, 2019), in the order of operations of PyTorch's fused
/// CPU kernel: src/NUMERICS.md gives it and says why each line is as it is.
/// </summary>
internal readonly struct AdamRule<V> : IRule<AdamRule<V>, V>
    where V : unmanaged, IVector<V>
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
        get => StateArrays.First | StateArrays.Second;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Coefficients Coefficients(in Hyperparameters hyperparameters, in StepNumbers numbers) =>
        Rules.Coefficients.Of(AdamCoefficients.Of(hyperparameters, numbers));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static AdamRule<V> Create(in Coefficients coefficients) => new(coefficients.As<AdamCoefficients>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Update(ref V p, V g, ref V m, ref V v, ref V x)
    {
        UpdateMoments(g, ref m, ref v);
        UpdateParameters(ref p, m, v);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void UpdateMoments(V g, ref V m, ref V v)
    {
        v = V.MultiplyAdd(_c * g, g, _b2 * v);
        m = _w.Between(m, g);
    }

    /// <param name="p">Parameters.</param>
    /// <param name="m">The first moment.</param>
    /// <param name="v">The second moment, or AMSGrad's maximum of it.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void UpdateParameters(ref V p, V m, V v) => p += _ss * m / (_sq.Divide(V.Sqrt(v)) + _e);
}

/// <summary>Adam's numbers for one step.</summary>
/// <param name="W">w = 1 - beta1.</param>
/// <param name="C">c = 1 - beta2.</param>
/// <param name="B2">beta2.</param>
/// <param name="Ss">ss = -(lr / (1 - beta1^t)).</param>
/// <param name="Sq">sq = sqrt(1 - beta2^t).</param>
/// <param name="E">eps.</param>
internal record struct AdamCoefficients(float W, float C, float B2, float Ss, float Sq, float E)
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static AdamCoefficients Of(in Hyperparameters hyperparameters, in StepNumbers numbers)
    {
        // 1 - beta in double, then rounded: 1f - 0.999f is off by 4.7e-5.
        var coefficients = new AdamCoefficients(
            (float)(1 - hyperparameters.Beta1),
            (float)(1 - hyperparameters.Beta2),
            (float)hyperparameters.Beta2,
            default,
            default,
            (float)hyperparameters.Epsilon);
        coefficients.SetStep(hyperparameters, numbers);
        return coefficients;
    }

    /// <summary>Computes what another step changes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SetStep(in Hyperparameters hyperparameters, in StepNumbers numbers)
    {
        double stepSize = hyperparameters.LearningRate / (1 - numbers.Beta1Power);
        double rootCorrection = Math.Sqrt(1 - numbers.Beta2Power);
        if (hyperparameters.EpsilonBesideRoot)
        {
            stepSize *= rootCorrection;
            rootCorrection = 1;
        }

        Ss = -(float)stepSize;
        Sq = (float)rootCorrection;
    }
}

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
    private const uint SignBit = 0x8000_0000;

    private readonly V _ss;
    private readonly ConstantDivisor<V> _sq;
    private readonly V _w;
    private readonly V _c;
    private readonly V _b2;
    private readonly V _e;
    private readonly V _dec;
    private readonly V _l2;
    private readonly V _gradientScale;
    private readonly V _gradientSign;
    private readonly V _keptIfSubnormal;
    private readonly bool _isUncommon;
    private readonly bool _hasL2;
    private readonly bool _startsAtGradient;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private AdamRule(in AdamConstants constants)
    {
        float w = constants.GradientWeight1;
        _startsAtGradient = w >= 0.5f;
        _w = V.Broadcast(_startsAtGradient ? w - 1 : w);
        _ss = V.Broadcast(constants.NegativeStepSize);
        _sq = new ConstantDivisor<V>(constants.SqrtBiasCorrection2);
        _c = V.Broadcast(constants.GradientWeight2);
        _b2 = V.Broadcast(constants.Beta2);
        _e = V.Broadcast(constants.Epsilon);
        _dec = V.Broadcast(constants.ParameterDecay);
        _l2 = V.Broadcast(constants.L2);
        _hasL2 = constants.HasL2;
        _gradientScale = V.Broadcast(constants.GradientScale);
        _isUncommon = constants.GradientScale != 1 || constants.Maximize || _hasL2 || _startsAtGradient;
        _gradientSign = V.BroadcastBits(constants.Maximize ? SignBit : 0);
        _keptIfSubnormal = V.BroadcastBits(constants.PreserveSubnormals ? 0xffff_ffff : SignBit);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static AdamRule<V> Create(in AdamConstants constants) => new(constants);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Update(ref V p, V g, ref V m, ref V v)
    {
        p *= _dec;
        V start = m;
        if (_isUncommon)
        {
            g = (g / _gradientScale) ^ _gradientSign;
            if (_hasL2)
            {
                g = V.MultiplyAdd(p, _l2, g);
            }

            // (1 - w) from the gradient rather than w from the moment, when that is nearer.
            start = _startsAtGradient ? g : m;
        }

        v = V.MultiplyAdd(_c * g, g, _b2 * v);
        m = V.MultiplyAdd(_w, g - m, start);
        V d = _sq.Divide(V.Sqrt(v)) + _e;
        p += _ss * m / d;
    }

    /// <summary>Zero of the same sign for what is smaller than the smallest normal number, unless that is to be kept.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Flush(V x) => V.AndIfSubnormal(x, _keptIfSubnormal);
}

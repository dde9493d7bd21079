using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Rules;

/// <summary>
/// What comes before every rule and after it: weight decay, and the gradients as the rule is to see them; state as it is to be
/// stored. src/NUMERICS.md gives the order.
/// </summary>
/// <typeparam name="V">The instruction set.</typeparam>
/// <typeparam name="TChanges">Whether the step has anything to change about the gradients: <see
/// cref="StepConstants.ChangesGradients"/>.</typeparam>
internal readonly struct Preparation<V, TChanges>
    where V : unmanaged, IVector<V>
    where TChanges : ISwitch
{
    private const uint SignBit = 0x8000_0000;

    private readonly V _decay;
    private readonly V _keptIfSubnormal;
    private readonly GradientUnscaling<V> _unscaling;
    private readonly V _clipCoefficient;
    private readonly V _limit;
    private readonly V _negativeLimit;
    private readonly V _sign;
    private readonly V _l2;
    private readonly bool _hasL2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Preparation(in StepConstants constants)
    {
        _decay = V.Broadcast(constants.ParameterDecay);
        _keptIfSubnormal = V.BroadcastBits(constants.PreserveSubnormals ? 0xffff_ffff : SignBit);
        if (TChanges.IsOn)
        {
            _unscaling = new GradientUnscaling<V>(constants.GradientScale);
            _clipCoefficient = V.Broadcast(constants.ClipCoefficient);
            _limit = V.Broadcast(constants.ClipValue);
            _negativeLimit = V.Broadcast(-constants.ClipValue);
            _sign = V.BroadcastBits(constants.Maximize ? SignBit : 0);
            _l2 = V.Broadcast(constants.L2);
            _hasL2 = constants.HasL2;
        }
    }

    /// <summary>The bits that are left of state that is a subnormal number.</summary>
    public V KeptIfSubnormal
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _keptIfSubnormal;
    }

    /// <summary>Decays the parameters, and gives the gradients that the rule is for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Prepare(ref V p, V g)
    {
        p *= _decay;
        return Change(p, g);
    }

    /// <summary>Gives the gradients that the rule is for.</summary>
    /// <param name="p">Parameters, decayed or, where weight decay joins the gradients, as they were, which is the same.</param>
    /// <param name="g">Gradients.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Change(V p, V g)
    {
        if (TChanges.IsOn)
        {
            g = _unscaling.Unscale(g) * _clipCoefficient;

            // A gradient that is NaN stays so: both give their right operand then.
            g = V.Max(_negativeLimit, V.Min(_limit, g)) ^ _sign;
            if (_hasL2)
            {
                g = V.MultiplyAdd(p, _l2, g);
            }
        }

        return g;
    }

    /// <summary>Zero of the same sign for what is smaller than the smallest normal number, unless that is to be kept.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Flush(V state) => V.AndIfSubnormal(state, _keptIfSubnormal);
}

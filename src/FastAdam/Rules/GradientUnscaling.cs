using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Rules;

/// <summary>Divides gradients by the scale of the loss.</summary>
internal readonly struct GradientUnscaling<V>
    where V : unmanaged, IVector<V>
{
    private const uint Significand = 0x007f_ffff;

    private readonly V _scale;
    private readonly bool _divides;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public GradientUnscaling(float scale)
    {
        // A power of two, which loss scales nearly always are, has a reciprocal with the same quotients.
        float reciprocal = 1 / scale;
        _divides = (BitConverter.SingleToUInt32Bits(scale) & Significand) != 0 || float.IsInfinity(reciprocal);
        _scale = V.Broadcast(_divides ? scale : reciprocal);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Unscale(V g) => _divides ? g / _scale : g * _scale;
}

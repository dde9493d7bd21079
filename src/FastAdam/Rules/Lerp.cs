using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Rules;

/// <summary>start + w * (end - start), from the nearer end, as PyTorch's lerp: an exponential moving average.</summary>
internal readonly struct Lerp<V>
    where V : unmanaged, IVector<V>
{
    private readonly V _weight;
    private readonly bool _isFromEnd;

    /// <param name="weight">w, from 0 to 1.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lerp(float weight)
    {
        _isFromEnd = weight >= 0.5f;
        _weight = V.Broadcast(_isFromEnd ? weight - 1 : weight);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Between(V start, V end) => V.MultiplyAdd(_weight, end - start, _isFromEnd ? end : start);
}

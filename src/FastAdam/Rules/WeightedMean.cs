using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Rules;

/// <summary>(1 - weight) * start + weight * end, with weights that add up to 1 exactly. No difference is taken that could overflow.</summary>
internal static class WeightedMean<V>
    where V : unmanaged, IVector<V>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Of(V start, V end, V weight) => V.MultiplyAdd(weight, end, V.MultiplyAddNegated(weight, start, start));
}

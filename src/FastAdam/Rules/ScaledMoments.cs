using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Rules;

/// <summary>The moments of Adam's family, where one of them or both are stored in blocks of 8 bits.</summary>
internal readonly struct ScaledMoments<V>
    where V : unmanaged, IVector<V>
{
    private readonly Lerp<V> _lerp;
    private readonly V _w;
    private readonly V _c;
    private readonly V _b2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ScaledMoments(float w, float c, float b2, ScaledCoefficients scaled)
    {
        _lerp = new Lerp<V>(w);
        _w = V.Broadcast(w);
        _c = V.Broadcast(c);
        _b2 = V.Broadcast(b2);
        Scaled = scaled;
    }

    /// <summary>What scales are multiplied by.</summary>
    public ScaledCoefficients Scaled
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get;
    }

    /// <summary>The first moment from a single-precision one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V First(V m, V g) => _lerp.Between(m, g);

    /// <summary>The first moment from integers and their unit, which beta1 is in.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V First(V integers, V unit, V g) => V.MultiplyAdd(integers, unit, _w * g);

    /// <summary>The second moment from a single-precision one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Second(V v, V g) => V.MultiplyAdd(_c * g, g, _b2 * v);

    /// <summary>The second moment from its root, which that of beta2 is in.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V SecondOfRoot(V root, V g) => V.MultiplyAdd(_c * g, g, root * root);
}

/// <summary>What the scales of blocks are multiplied by.</summary>
/// <param name="B1">beta1.</param>
/// <param name="RootB2">sqrt(beta2).</param>
internal readonly record struct ScaledCoefficients(float B1, float RootB2)
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScaledCoefficients Of(in GroupValues group) => new(
        (float)group[Hyperparameter.Beta1], (float)Math.Sqrt(group[Hyperparameter.Beta2]));

    /// <summary>eps * sq, which is not 0 unless eps is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Epsilon(in GroupValues group, double rootCorrection) => group[Hyperparameter.Epsilon] == 0
        ? 0
        : MathF.Max((float)(group[Hyperparameter.Epsilon] * rootCorrection), float.Epsilon);
}

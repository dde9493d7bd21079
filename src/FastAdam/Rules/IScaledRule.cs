using FastAdam.Isa;

namespace FastAdam.Rules;

/// <summary>
/// The mathematics of a rule of Adam's family beside moments in blocks of 8 bits: in fewer operations, since the root of the second moment
/// is needed twice, and sq goes into the other numbers. So its results differ from <see cref="IRule{TSelf, V}"/>'s in the last bits.
/// </summary>
internal interface IScaledRule<TSelf, V>
    where TSelf : struct, IScaledRule<TSelf, V>
    where V : unmanaged, IVector<V>
{
    /// <summary>What becomes of the moments.</summary>
    ScaledMoments<V> Moments { get; }

    static abstract TSelf Create(in Coefficients coefficients);

    /// <summary>What is added to the decayed parameters.</summary>
    /// <param name="m">The first moment after the step.</param>
    /// <param name="g">Gradients.</param>
    /// <param name="root">The root of the second moment after the step.</param>
    V Update(V m, V g, V root);
}

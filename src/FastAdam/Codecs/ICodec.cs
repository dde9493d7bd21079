using FastAdam.Isa;

namespace FastAdam.Codecs;

/// <summary>
/// A storage type: how its elements in memory become single-precision lanes and back. Widening is exact; narrowing rounds to
/// nearest even.
/// </summary>
/// <remarks>
/// The unit is a block of two registers of lanes. Which element goes to which lane is the same for all arrays of a kernel and
/// otherwise of no concern: 16-bit elements are read as one register and split into its even and odd words, which costs least.
/// Where an array of the kernel holds 32-bit elements, "in order" asks for the block's first half in the first register.
/// </remarks>
internal unsafe interface ICodec
{
    /// <summary>Bytes per element.</summary>
    static abstract int Size { get; }

    static abstract void Load<V>(byte* source, bool inOrder, out V first, out V second)
        where V : unmanaged, IVector<V>;

    /// <summary>
    /// Rounds a block to what <see cref="Store"/> takes; false, and nothing of use, where one of its numbers is beyond what the
    /// type has in common with single precision: NaN, or too large. That is rare, and <see cref="NarrowAny"/> costs more.
    /// </summary>
    static abstract bool TryNarrow<V>(V first, V second, out V low, out V high)
        where V : unmanaged, IVector<V>;

    /// <summary>The same for state, of whose numbers that are subnormal in single precision only the bits in a mask are kept.</summary>
    static abstract bool TryNarrowState<V>(V first, V second, V keptIfSubnormal, out V low, out V high)
        where V : unmanaged, IVector<V>;

    /// <summary>Rounds a block of any numbers to what <see cref="Store"/> takes.</summary>
    static abstract void NarrowAny<V>(V first, V second, out V low, out V high)
        where V : unmanaged, IVector<V>;

    /// <summary>Writes a block that has been rounded.</summary>
    static abstract void Store<V>(byte* destination, bool inOrder, V low, V high)
        where V : unmanaged, IVector<V>;
}

using FastAdam.Isa;

namespace FastAdam.Codecs;

/// <summary>
/// A storage type whose elements need more than their place in one array: what is beside it, or random words. Two registers of
/// lanes in order are loaded and stored at once. NaN and infinity stay what they are.
/// </summary>
internal unsafe interface IPartedCodec
{
    /// <summary>Bytes per element in the array.</summary>
    static abstract int Size { get; }

    /// <summary>Bytes per element in what is beside it.</summary>
    static abstract int PartSize { get; }

    /// <summary>Whether <see cref="Store"/> needs random words.</summary>
    static abstract bool IsStochastic { get; }

    static abstract void Load<V>(byte* source, byte* part, out V first, out V second)
        where V : unmanaged, IVector<V>;

    /// <param name="destination">The elements.</param>
    /// <param name="part">What is beside them.</param>
    /// <param name="words">A random word of 16 bits for each element, in 32 bits.</param>
    /// <param name="first">The numbers.</param>
    /// <param name="second">The next ones.</param>
    static abstract void Store<V>(byte* destination, byte* part, uint* words, V first, V second)
        where V : unmanaged, IVector<V>;
}

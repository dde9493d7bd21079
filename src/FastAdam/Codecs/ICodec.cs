using FastAdam.Isa;

namespace FastAdam.Codecs;

/// <summary>
/// A storage type: how its elements in memory become single-precision lanes and back. Widening is exact; narrowing rounds to
/// nearest even.
/// </summary>
internal unsafe interface ICodec
{
    /// <summary>Bytes per element.</summary>
    static abstract int Size { get; }

    static abstract V Load<V>(byte* source)
        where V : unmanaged, IVector<V>;

    static abstract V LoadPartial<V>(byte* source, int count)
        where V : unmanaged, IVector<V>;

    static abstract void Store<V>(byte* destination, V value)
        where V : unmanaged, IVector<V>;

    static abstract void StorePartial<V>(byte* destination, V value, int count)
        where V : unmanaged, IVector<V>;
}

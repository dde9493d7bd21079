using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Codecs;

/// <summary>IEEE-754 binary32, <see cref="float"/>.</summary>
internal readonly unsafe struct Float32Codec : ICodec
{
    public static int Size
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => sizeof(float);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load<V>(byte* source, bool inOrder, out V first, out V second)
        where V : unmanaged, IVector<V>
    {
        first = V.Load(source);
        second = V.Load(source + sizeof(V));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryNarrow<V>(V first, V second, out V low, out V high)
        where V : unmanaged, IVector<V>
    {
        (low, high) = (first, second);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryNarrowState<V>(V first, V second, V keptIfSubnormal, out V low, out V high)
        where V : unmanaged, IVector<V>
    {
        // Without a look first: it gained a little in the cache, for code in most of the loops of mixed types.
        low = V.AndIfSubnormal(first, keptIfSubnormal);
        high = V.AndIfSubnormal(second, keptIfSubnormal);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void NarrowAny<V>(V first, V second, out V low, out V high)
        where V : unmanaged, IVector<V> => TryNarrow(first, second, out low, out high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<V>(byte* destination, bool inOrder, V low, V high)
        where V : unmanaged, IVector<V>
    {
        V.Store(destination, low);
        V.Store(destination + sizeof(V), high);
    }
}

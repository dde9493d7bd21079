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
    public static V Load<V>(byte* source)
        where V : unmanaged, IVector<V> => V.Load32(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V LoadPartial<V>(byte* source, int count)
        where V : unmanaged, IVector<V> => V.LoadPartial32(source, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<V>(byte* destination, V value)
        where V : unmanaged, IVector<V> => V.Store32(destination, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePartial<V>(byte* destination, V value, int count)
        where V : unmanaged, IVector<V> => V.StorePartial32(destination, value, count);
}

using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Codecs;

/// <summary>Single precision, and beside it the same numbers in another type, which are only written. To write them past the
/// caches took longer (Zen 5, 16M elements: by 1 to 7 percent).</summary>
/// <typeparam name="C">The other type.</typeparam>
internal readonly unsafe struct CopyCodec<C> : IPartedCodec
    where C : ICodec
{
    public static int Size
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Float32Codec.Size;
    }

    public static int PartSize
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => C.Size;
    }

    public static bool IsStochastic
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load<V>(byte* source, byte* part, out V first, out V second)
        where V : unmanaged, IVector<V> => Float32Codec.Load(source, inOrder: true, out first, out second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<V>(byte* destination, byte* part, uint* words, V first, V second)
        where V : unmanaged, IVector<V>
    {
        Float32Codec.Store(destination, inOrder: true, first, second);
        WholeCodec<C>.Store(part, null, null, first, second);
    }
}

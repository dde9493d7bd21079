using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Codecs;

/// <summary>Single precision, and beside it the same numbers in another type, which are only written.</summary>
/// <typeparam name="C">The other type, of 16 bits.</typeparam>
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

    public static bool CanBeStreamed
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load<V>(byte* source, byte* part, out V first, out V second)
        where V : unmanaged, IVector<V> => Float32Codec.Load(source, inOrder: true, out first, out second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<V>(byte* destination, byte* part, uint* words, bool isStreamed, V first, V second)
        where V : unmanaged, IVector<V>
    {
        Float32Codec.Store(destination, inOrder: true, first, second);
        if (!C.TryNarrow(first, second, out V low, out V high))
        {
            C.NarrowAny(first, second, out low, out high);
        }

        if (isStreamed)
        {
            V.StoreStreamed(part, V.DeinterleaveWords(low));
        }
        else
        {
            C.Store(part, inOrder: true, low, high);
        }
    }
}

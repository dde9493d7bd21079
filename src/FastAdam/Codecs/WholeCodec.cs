using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Codecs;

/// <summary>A storage type of single elements, with nothing beside its array.</summary>
internal readonly unsafe struct WholeCodec<C> : IPartedCodec
    where C : ICodec
{
    public static int Size
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => C.Size;
    }

    public static int PartSize
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 0;
    }

    public static bool IsStochastic
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load<V>(byte* source, byte* part, out V first, out V second)
        where V : unmanaged, IVector<V> => C.Load(source, inOrder: true, out first, out second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<V>(byte* destination, byte* part, uint* words, V first, V second)
        where V : unmanaged, IVector<V>
    {
        if (!C.TryNarrow(first, second, out V low, out V high))
        {
            C.NarrowAny(first, second, out low, out high);
        }

        C.Store(destination, inOrder: true, low, high);
    }
}

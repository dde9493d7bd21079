using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Codecs;

/// <summary>
/// bfloat16, rounded away from zero with the probability of what lies beyond the number towards it: so the mean of the rounded numbers is
/// the number. What the type holds stays as it is.
/// </summary>
internal readonly unsafe struct StochasticBFloat16Codec : IPartedCodec
{
    public static int Size
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => BFloat16Codec.Size;
    }

    public static int PartSize
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 0;
    }

    public static bool IsStochastic
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load<V>(byte* source, byte* part, out V first, out V second)
        where V : unmanaged, IVector<V> => BFloat16Codec.Load(source, inOrder: true, out first, out second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<V>(byte* destination, byte* part, uint* words, V first, V second)
        where V : unmanaged, IVector<V>
    {
        if (V.AnyNaN(first, second))
        {
            first = UpperHalf.QuietNaN(first);
            second = UpperHalf.QuietNaN(second);
        }

        V.UnzipWords(
            V.AddBits(first, V.Load((byte*)words)),
            V.AddBits(second, V.Load((byte*)(words + V.Count))),
            out _,
            out V upper);
        V.Store(destination, upper);
    }
}

using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Codecs;

/// <summary>bfloat16: the upper half of a <see cref="float"/>.</summary>
internal readonly unsafe struct BFloat16Codec : ICodec
{
    private const uint UpperHalf = 0xffff_0000;

    public static int Size
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => sizeof(ushort);
    }

    public static bool HoldsSubnormals
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load<V>(byte* source, bool inOrder, out V first, out V second)
        where V : unmanaged, IVector<V>
    {
        V words = inOrder ? V.InterleaveWords(V.Load(source)) : V.Load(source);
        first = V.ShiftLeft(words, 16);
        second = words & UpperHalf;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<V>(byte* destination, bool inOrder, V first, V second)
        where V : unmanaged, IVector<V>
    {
        if (V.AnyNaN(first, second))
        {
            // Rounding could carry a NaN into infinity or zero: without its lower half it cannot, once it is quiet.
            first = V.SelectIfNaN(first, (first | 0x0040_0000u) & UpperHalf, first);
            second = V.SelectIfNaN(second, (second | 0x0040_0000u) & UpperHalf, second);
        }

        V kept = V.AndOr(second, UpperHalf, V.ShiftRightLogical(first, 16));
        V lost = V.AndOr(first, ~UpperHalf, V.ShiftLeft(second, 16));

        // To nearest even: up when more than half is lost, or half and the kept part is odd. A finite value too large for the
        // format carries into infinity.
        V words = V.IncrementWordsIfAbove(kept, V.AndOr(kept, 0x0001_0001, lost), 0x8000);
        V.Store(destination, inOrder ? V.DeinterleaveWords(words) : words);
    }
}

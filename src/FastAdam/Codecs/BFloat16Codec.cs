using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Codecs;

/// <summary>bfloat16: the upper half of a <see cref="float"/>.</summary>
internal readonly unsafe struct BFloat16Codec : ICodec
{
    public static int Size
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => sizeof(ushort);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load<V>(byte* source, bool inOrder, out V first, out V second)
        where V : unmanaged, IVector<V>
    {
        V words = inOrder ? V.InterleaveWords(V.Load(source)) : V.Load(source);
        first = V.ShiftLeft(words, 16);
        second = words & UpperHalf.Mask;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryNarrow<V>(V first, V second, out V low, out V high)
        where V : unmanaged, IVector<V>
    {
        high = default;
        if (V.AnyNaN(first, second))
        {
            low = default;
            return false;
        }

        low = Round(first, second);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryNarrowState<V>(V first, V second, V keptIfSubnormal, out V low, out V high)
        where V : unmanaged, IVector<V>
    {
        high = default;
        if (!V.FindsFasterThanItFlushes || V.AnyNaNOrSubnormal(first, second))
        {
            first = V.AndIfSubnormal(first, keptIfSubnormal);
            second = V.AndIfSubnormal(second, keptIfSubnormal);
            if (V.AnyNaN(first, second))
            {
                low = default;
                return false;
            }
        }

        low = Round(first, second);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void NarrowAny<V>(V first, V second, out V low, out V high)
        where V : unmanaged, IVector<V>
    {
        high = default;
        low = Round(UpperHalf.QuietNaN(first), UpperHalf.QuietNaN(second));
    }

    /// <param name="destination">The block.</param>
    /// <param name="inOrder">As when it was loaded.</param>
    /// <param name="low">The first register's elements in the even words, the second's in the odd ones.</param>
    /// <param name="high">Nothing: a block of 16-bit elements is one register.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<V>(byte* destination, bool inOrder, V low, V high)
        where V : unmanaged, IVector<V> => V.Store(destination, inOrder ? V.DeinterleaveWords(low) : low);

    /// <summary>The halves to keep of numbers that are not NaN, or are quiet ones without a lower half.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Round<V>(V first, V second)
        where V : unmanaged, IVector<V>
    {
        V kept = V.UpperWords(first, second);
        V lost = V.LowerWords(first, second);

        // To nearest even: up when more than half is lost, or half and the kept part is odd. A finite value too large for the
        // format carries into infinity.
        return V.IncrementWordsIfAbove(kept, V.AndOr(kept, 0x0001_0001, lost), 0x8000);
    }
}

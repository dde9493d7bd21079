using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Codecs;

/// <summary>
/// Single precision in two halves: the nearest bfloat16, of two that are as near the one away from zero, and the lower 16 bits, by whose
/// sign the upper half is brought back. Nothing is lost, but that NaN loses the lower half of its payload. A model
/// may set weights to zero: the lower bits that are left there would make NaN of it.
/// </summary>
internal readonly unsafe struct Split16Codec : IPartedCodec
{
    private const ushort SignOfWord = 0x8000;

    public static int Size
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => sizeof(ushort);
    }

    public static int PartSize
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => sizeof(ushort);
    }

    public static bool IsStochastic
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => false;
    }

    // (upper << 16) + (signed) lower = ((upper << 16) | (lower ^ 0x8000)) - 0x8000.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load<V>(byte* source, byte* part, out V first, out V second)
        where V : unmanaged, IVector<V>
    {
        V upper = V.Load(source);
        V.ZipWords(V.AddWords(V.Load(part), SignOfWord), upper, out first, out second);
        V half = V.BroadcastBits(unchecked(0u - SignOfWord));
        first = V.AddBits(first, half);
        second = V.AddBits(second, half);
        UpperHalf.StandsForNaN(upper, ref first, ref second);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<V>(byte* destination, byte* part, uint* words, V first, V second)
        where V : unmanaged, IVector<V>
    {
        if (V.AnyNaN(first, second))
        {
            first = UpperHalf.QuietNaN(first);
            second = UpperHalf.QuietNaN(second);
        }

        V half = V.BroadcastBits(SignOfWord);
        V.UnzipWords(V.AddBits(first, half), V.AddBits(second, half), out V lower, out V upper);
        V.Store(destination, upper);
        V.Store(part, V.AddWords(lower, SignOfWord));
    }
}

using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Codecs;

/// <summary>
/// The upper 24 bits of single precision: rounded to them, of two that are as near away from zero, then in a bfloat16 and 8 bits as <see
/// cref="Split16Codec"/>.
/// </summary>
internal readonly unsafe struct Split8Codec : IPartedCodec
{
    // 1.5 * 2^23: the sum with a small integer has that in its lowest bits.
    private const float Magic = 12_582_912;
    private const uint MagicBits = 0x4b40_0000;

    // Half of the last bit that is kept, and half of the upper half's last.
    private const uint Halves = 0x8080;

    public static int Size
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => sizeof(ushort);
    }

    public static int PartSize
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => sizeof(byte);
    }

    public static bool IsStochastic
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load<V>(byte* source, byte* part, out V first, out V second)
        where V : unmanaged, IVector<V>
    {
        V upper = V.Load(source);
        V.ZipWords(V.BroadcastBits(0), upper, out first, out second);
        first = V.AddBits(first, Lower<V>(part));
        second = V.AddBits(second, Lower<V>(part + V.Count));
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

        V halves = V.BroadcastBits(Halves);
        first = V.AddBits(first, halves);
        second = V.AddBits(second, halves);
        V.UnzipWords(first, second, out _, out V upper);
        V.Store(destination, upper);

        // The lower byte's sign was turned by its half.
        V sign = V.BroadcastBits(0x8000);
        V.StoreSecondBytes(part, first ^ sign, second ^ sign);
    }

    /// <summary>Signed integers of 8 bits, in units of the eighth bit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Lower<V>(byte* part)
        where V : unmanaged, IVector<V> =>
        V.AddBits(V.ShiftLeft(V.LoadSignedBytes(part) + V.Broadcast(Magic), 8), V.BroadcastBits(unchecked(0u - (MagicBits << 8))));
}

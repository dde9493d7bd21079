using System.Runtime.CompilerServices;

namespace FastAdam.Isa;

/// <summary>The constants of Philox4x32-7.</summary>
internal static class Philox
{
    /// <summary>Elements whose words are made at once: enough for four registers of AVX-512, which do not wait for each other.</summary>
    public const int BlockLength = 256;

    /// <summary>What the first element's index is a multiple of.</summary>
    public const int Alignment = 64;

    public const int Rounds = 7;
    public const uint Multiplier0 = 0xD251_1F53;
    public const uint Multiplier1 = 0xCD9E_8D57;
    public const uint KeyStep0 = 0x9E37_79B9;
    public const uint KeyStep1 = 0xBB67_AE85;

    /// <summary>Elements that share a counter: each has 16 of its 128 bits.</summary>
    public const int ElementsOfCounter = 8;

    /// <summary>Where the number of the array begins in the counter's second word, whose upper bits no element's index reaches.</summary>
    public const int ArrayShift = 29;
}

/// <summary>
/// Philox4x32-7: random words that depend on nothing but the seed, the step, the tensor, the array and the element (J. K. Salmon,
/// M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011). src/NUMERICS.md says which bits an
/// element has.
/// </summary>
/// <typeparam name="L">Registers of 64-bit lanes, each of which runs one counter.</typeparam>
internal static unsafe class Philox<L>
    where L : unmanaged, ILanes64<L>
{
    // Counters of 64 elements, whose words lie together.
    private const int CountersOfGroup = 8;

    /// <summary>True where there are registers enough for four of each kind.</summary>
    private static bool HasFour
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => L.Count == 8;
    }

    /// <param name="stream">What the words depend on.</param>
    /// <param name="element">The first element, a multiple of <see cref="Philox.Alignment"/>.</param>
    /// <param name="words">Takes a word of 16 bits for each element, in 32 bits.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Make(in RandomStream stream, ulong element, uint* words)
    {
        ulong counter = element / Philox.ElementsOfCounter;

        uint array = stream.Array << Philox.ArrayShift;
        L two = L.Broadcast(stream.Step);
        L three = L.Broadcast(stream.Tensor);
        for (int n = 0; n < Philox.BlockLength / Philox.ElementsOfCounter; n += (HasFour ? 4 : 2) * L.Count)
        {
            // Registers beside each other: a round waits for its products.
            (L a0, L a1, L a2, L a3) = (Lower(counter, n), Upper(counter, n, array), two, three);
            (L b0, L b1, L b2, L b3) = (Lower(counter, n + L.Count), Upper(counter, n + L.Count, array), two, three);
            (L c0, L c1, L c2, L c3) = (Lower(counter, n + (2 * L.Count)), Upper(counter, n + (2 * L.Count), array), two, three);
            (L d0, L d1, L d2, L d3) = (Lower(counter, n + (3 * L.Count)), Upper(counter, n + (3 * L.Count), array), two, three);
            (uint k0, uint k1) = (stream.Key0, stream.Key1);
            for (int round = 0; round < Philox.Rounds; round++)
            {
                Round(ref a0, ref a1, ref a2, ref a3, L.Broadcast(k0), L.Broadcast(k1));
                Round(ref b0, ref b1, ref b2, ref b3, L.Broadcast(k0), L.Broadcast(k1));
                if (HasFour)
                {
                    Round(ref c0, ref c1, ref c2, ref c3, L.Broadcast(k0), L.Broadcast(k1));
                    Round(ref d0, ref d1, ref d2, ref d3, L.Broadcast(k0), L.Broadcast(k1));
                }

                k0 += Philox.KeyStep0;
                k1 += Philox.KeyStep1;
            }

            Store(words, n, a0, a1, a2, a3);
            Store(words, n + L.Count, b0, b1, b2, b3);
            if (HasFour)
            {
                Store(words, n + (2 * L.Count), c0, c1, c2, c3);
                Store(words, n + (3 * L.Count), d0, d1, d2, d3);
            }
        }
    }

    /// <summary>The first words of a register's counters, whose lower halves never carry within it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Lower(ulong counter, int n) => L.Consecutive((uint)(counter + (uint)n));

    /// <summary>Their second words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Upper(ulong counter, int n, uint array) => L.Broadcast((uint)((counter + (uint)n) >> 32) | array);

    /// <summary>Only the lower half of a lane counts, until the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(ref L c0, ref L c1, ref L c2, ref L c3, L k0, L k1)
    {
        L p0 = L.Multiply(c0, Philox.Multiplier0);
        L p1 = L.Multiply(c2, Philox.Multiplier1);
        c0 = L.Xor(L.ShiftRight32(p1), c1, k0);
        c2 = L.Xor(L.ShiftRight32(p0), c3, k1);
        c1 = p1;
        c3 = p0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(uint* words, int n, L c0, L c1, L c2, L c3)
    {
        uint* group = words + (n / CountersOfGroup * 64) + (2 * (n % CountersOfGroup));
        L first = L.Join(c0, c1);
        L second = L.Join(c2, c3);
        L.StoreUpperWords(group, first);
        L.StoreLowerWords(group + 16, first);
        L.StoreUpperWords(group + 32, second);
        L.StoreLowerWords(group + 48, second);
    }
}

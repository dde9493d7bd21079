using System.Diagnostics.CodeAnalysis;

namespace FastAdam.Isa;

/// <summary>
/// One register of 32-bit lanes, read as single-precision numbers, as bits, or each as two 16-bit words (the even words are the
/// lanes' low halves): all that an instruction set has to offer to run every kernel. Arithmetic is IEEE-754, each operation
/// rounded once to nearest even. A number in place of a register stands in every lane or word: the JIT makes fewer variables of it.
/// </summary>
internal unsafe interface IVector<TSelf>
    where TSelf : unmanaged, IVector<TSelf>
{
    /// <summary>Whether this CPU and operating system run it.</summary>
    static abstract bool IsSupported { get; }

    /// <summary>Lanes in a register.</summary>
    static abstract int Count { get; }

    /// <summary>Whether a division takes longer than three multiplications.</summary>
    static abstract bool MultipliesFasterThanItDivides { get; }

    /// <summary>Whether <see cref="AnyNaNOrSubnormal"/> takes less than <see cref="AndIfSubnormal"/> twice.</summary>
    static abstract bool FindsFasterThanItFlushes { get; }

    static abstract TSelf Broadcast(float value);

    static abstract TSelf BroadcastBits(uint bits);

    /// <summary>Reads a register; no alignment is needed.</summary>
    static abstract TSelf Load(byte* source);

    /// <summary>Reads the first <paramref name="count"/> (0 to <see cref="Count"/>) lanes, touches no byte behind them and leaves
    /// zero in the others.</summary>
    static abstract TSelf LoadPartial(byte* source, int count);

    /// <summary>As <see cref="LoadPartial"/> for 16-bit words, 0 to twice <see cref="Count"/>.</summary>
    static abstract TSelf LoadPartialWords(byte* source, int count);

    static abstract void Store(byte* destination, TSelf value);

    /// <summary>Writes the first <paramref name="count"/> (0 to <see cref="Count"/>) lanes and no byte behind them.</summary>
    static abstract void StorePartial(byte* destination, TSelf value, int count);

    /// <summary>As <see cref="StorePartial"/> for 16-bit words, 0 to twice <see cref="Count"/>.</summary>
    static abstract void StorePartialWords(byte* destination, TSelf value, int count);

    static abstract TSelf operator +(TSelf left, TSelf right);

    static abstract TSelf operator -(TSelf left, TSelf right);

    static abstract TSelf operator *(TSelf left, TSelf right);

    static abstract TSelf operator *(TSelf left, float right);

    static abstract TSelf operator /(TSelf left, TSelf right);

    static abstract TSelf Sqrt(TSelf value);

    /// <summary><paramref name="left"/> * <paramref name="right"/> + <paramref name="addend"/>, rounded once.</summary>
    static abstract TSelf MultiplyAdd(TSelf left, TSelf right, TSelf addend);

    static abstract TSelf MultiplyAdd(TSelf left, float right, float addend);

    /// <summary><paramref name="addend"/> - <paramref name="left"/> * <paramref name="right"/>, rounded once.</summary>
    static abstract TSelf MultiplyAddNegated(TSelf left, TSelf right, TSelf addend);

    /// <summary>The smaller number; <paramref name="right"/> where either is NaN or both are zero.</summary>
    static abstract TSelf Min(TSelf left, TSelf right);

    /// <summary>The larger number; <paramref name="right"/> where either is NaN or both are zero.</summary>
    static abstract TSelf Max(TSelf left, TSelf right);

    static abstract TSelf operator &(TSelf left, TSelf right);

    static abstract TSelf operator |(TSelf left, TSelf right);

    static abstract TSelf operator ^(TSelf left, TSelf right);

    static abstract TSelf operator &(TSelf left, uint right);

    static abstract TSelf operator |(TSelf left, uint right);

    /// <summary>(<paramref name="value"/> &amp; <paramref name="mask"/>) | <paramref name="other"/>.</summary>
    static abstract TSelf AndOr(TSelf value, uint mask, TSelf other);

    static abstract TSelf AndOr(TSelf value, uint mask, uint other);

    static abstract TSelf ShiftLeft(TSelf value, [ConstantExpected(Min = 1, Max = 31)] byte count);

    static abstract TSelf ShiftRightLogical(TSelf value, [ConstantExpected(Min = 1, Max = 31)] byte count);

    /// <summary>Where the value is a subnormal number or zero, its bits that are in the mask; elsewhere the value. The
    /// mask has the sign bit.</summary>
    static abstract TSelf AndIfSubnormal(TSelf value, TSelf mask);

    /// <summary><paramref name="whenTrue"/> where the value is NaN, else <paramref name="whenFalse"/>.</summary>
    static abstract TSelf SelectIfNaN(TSelf value, TSelf whenTrue, TSelf whenFalse);

    /// <summary>How many lanes have the same bits in both.</summary>
    static abstract int CountEqual(TSelf left, TSelf right);

    /// <summary>Whether a lane of either is NaN.</summary>
    static abstract bool AnyNaN(TSelf left, TSelf right);

    /// <summary>Whether a lane of either is NaN, or subnormal and not zero.</summary>
    static abstract bool AnyNaNOrSubnormal(TSelf left, TSelf right);

    /// <summary>The upper words of the lanes of <paramref name="first"/> in the even places, those of <paramref name="second"/> in the
    /// odd ones.</summary>
    static abstract TSelf UpperWords(TSelf first, TSelf second);

    /// <summary>The same of the lower words.</summary>
    static abstract TSelf LowerWords(TSelf first, TSelf second);

    /// <summary>The words of the register's first half in the even places, those of its second half in the odd ones.</summary>
    static abstract TSelf InterleaveWords(TSelf value);

    /// <summary>Undoes <see cref="InterleaveWords"/>.</summary>
    static abstract TSelf DeinterleaveWords(TSelf value);

    /// <summary>Word-wise sum, modulo 2^16.</summary>
    static abstract TSelf AddWords(TSelf left, TSelf right);

    static abstract TSelf AddWords(TSelf left, ushort right);

    /// <summary>Word-wise difference of unsigned integers; zero where it would be negative.</summary>
    static abstract TSelf SubtractSaturateWords(TSelf left, ushort right);

    static abstract TSelf ShiftLeftWords(TSelf value, [ConstantExpected(Min = 1, Max = 15)] byte count);

    /// <summary>Adds one to the words of <paramref name="value"/> in whose places <paramref name="other"/>, an unsigned integer,
    /// is above the bound.</summary>
    static abstract TSelf IncrementWordsIfAbove(TSelf value, TSelf other, ushort bound);

    /// <summary>Whether a word, an unsigned integer, is above the bound.</summary>
    static abstract bool AnyWordAbove(TSelf value, ushort bound);

    /// <summary>Lane-wise sum of integers, modulo 2^32.</summary>
    static abstract TSelf AddBits(TSelf left, TSelf right);

    /// <summary>The larger of each two lanes as unsigned integers: of magnitudes the larger one, and NaN before all numbers.</summary>
    static abstract TSelf MaxBits(TSelf left, TSelf right);

    /// <summary>The largest lane as an unsigned integer.</summary>
    static abstract uint HighestBits(TSelf value);

    /// <summary>Two registers of lanes in order, of the words of their lower and upper halves in order.</summary>
    static abstract void ZipWords(TSelf lower, TSelf upper, out TSelf first, out TSelf second);

    /// <summary>Undoes <see cref="ZipWords"/>.</summary>
    static abstract void UnzipWords(TSelf first, TSelf second, out TSelf lower, out TSelf upper);

    /// <summary>Reads signed integers of 8 bits, one for each lane, as numbers.</summary>
    static abstract TSelf LoadSignedBytes(byte* source);

    /// <summary>Reads unsigned integers of 8 bits, one for each lane, as numbers.</summary>
    static abstract TSelf LoadUnsignedBytes(byte* source);

    /// <summary>Writes the lowest byte of each lane of two registers in order.</summary>
    static abstract void StoreLowestBytes(byte* destination, TSelf first, TSelf second);

    /// <summary>Writes the second lowest byte of each lane of two registers in order.</summary>
    static abstract void StoreSecondBytes(byte* destination, TSelf first, TSelf second);

    /// <summary>Asks for a cache line that will be needed. Any address is allowed.</summary>
    static abstract void Prefetch(byte* address);

    /// <summary>Makes <see cref="Philox.BlockLength"/> random words.</summary>
    static abstract void MakeRandomWords(in RandomStream stream, ulong element, uint* words);
}

namespace FastAdam.Tests.Contracts;

/// <summary>The numbers in the arrays, made as bits of each storage type, without a library's help: splitmix64 (G. Steele,
/// D. Lea, C. Flood, "Fast splittable pseudorandom number generators", 2014).</summary>
internal sealed class ContractNumbers(ulong seed)
{
    /// <summary>How many kinds of data there are: training's magnitudes; those with rare zeros, subnormals and other magnitudes;
    /// half of each, with rare infinities and NaN; training's magnitudes with rare infinities and NaN.</summary>
    public const int KindCount = 4;

    /// <summary>Kinds from 0 below this have no infinities and NaN.</summary>
    public const int FiniteKindCount = 2;

    private const string Types = "fhb";
    private const int PoolLength = 1 << 13;

    // Made once, and copied from: most of the time would go into making them.
    private static readonly byte[][] _pools = [.. Enumerable.Range(0, Types.Length * 2 * KindCount).Select(MakePool)];

    private ulong _state = seed;

    public ulong Next()
    {
        _state += 0x9e37_79b9_7f4a_7c15;
        ulong z = _state;
        z = (z ^ (z >> 30)) * 0xbf58_476d_1ce4_e5b9;
        z = (z ^ (z >> 27)) * 0x94d0_49bb_1331_11eb;
        return z ^ (z >> 31);
    }

    /// <summary>From 0 to below a number.</summary>
    public int Next(int limit) => (int)((Next() >> 32) % (ulong)limit);

    public T Pick<T>(IReadOnlyList<T> items) => items[Next(items.Count)];

    /// <summary>Fills the first elements of an array.</summary>
    public void Fill(ContractArray array, int length, bool isSigned, int kind)
    {
        ReadOnlySpan<byte> pool = _pools[PoolNumber(Types.IndexOf(array.Type, StringComparison.Ordinal), isSigned, kind)];
        Span<byte> left = array.Memory.AsSpan(0, length * array.Size);
        while (!left.IsEmpty)
        {
            ReadOnlySpan<byte> part = pool[(Next(PoolLength / 2) * array.Size)..];
            part = part[..int.Min(part.Length, left.Length)];
            part.CopyTo(left);
            left = left[part.Length..];
        }
    }

    private static int PoolNumber(int type, bool isSigned, int kind) => (((type * 2) + (isSigned ? 1 : 0)) * KindCount) + kind;

    private static byte[] MakePool(int number)
    {
        (int typeAndSign, int kind) = Math.DivRem(number, KindCount);
        (int typeNumber, int isSigned) = Math.DivRem(typeAndSign, 2);
        char type = Types[typeNumber];
        int size = ContractArray.SizeOf(type);
        byte[] pool = new byte[PoolLength * size];
        var numbers = new ContractNumbers((ulong)number + 1);
        for (int i = 0; i < PoolLength; i++)
        {
            uint bits = numbers.Bits(type, isSigned != 0, kind);
            for (int part = 0; part < size; part++)
            {
                pool[(i * size) + part] = (byte)(bits >> (8 * part));
            }
        }

        return pool;
    }

    private uint Bits(char type, bool isSigned, int kind)
    {
        (int exponentBits, int fractionBits) = type switch
        {
            'f' => (8, 23),
            'h' => (5, 10),
            _ => (8, 7),
        };
        uint largestExponent = (1u << exponentBits) - 1;
        uint bias = largestExponent / 2;
        uint fraction = (uint)Next() & ((1u << fractionBits) - 1);
        uint sign = isSigned && Next(2) == 0 ? 1u << (exponentBits + fractionBits) : 0;
        return sign | KindOfNumber(kind) switch
        {
            // From 2^-14, the smallest normal number in half precision, to 2^3.
            "ordinary" => ((bias - 14 + (uint)Next(17)) << fractionBits) | fraction,
            "any" => ((1 + (uint)Next((int)largestExponent - 1)) << fractionBits) | fraction,
            "zero" => 0,
            "subnormal" => fraction,
            "infinity" => largestExponent << fractionBits,
            _ => (largestExponent << fractionBits) | (1u << (fractionBits - 1)),
        };
    }

    private string KindOfNumber(int kind) => kind switch
    {
        1 when Next(40) == 0 => Finite(),
        2 when Next(100) == 0 => NonFinite(),
        2 => Next(2) == 0 ? "ordinary" : Finite(),
        3 when Next(150) == 0 => NonFinite(),
        _ => "ordinary",
    };

    private string Finite() => Next(4) switch
    {
        0 => "zero",
        1 => "subnormal",
        _ => "any",
    };

    private string NonFinite() => Next(2) == 0 ? "infinity" : "nan";
}

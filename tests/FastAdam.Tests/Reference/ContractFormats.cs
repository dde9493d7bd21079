namespace FastAdam.Tests.Reference;

/// <summary>
/// The storage formats of src/NUMERICS.md that need more than an array of single elements, in plain C#, a number at a time. It shares no
/// code with the library, and computes in other ways where there are some.
/// </summary>
internal static class ContractFormats
{
    public const int BlockLength = 128;

    /// <summary>2^-100 and 2^-50: scales below are 0.</summary>
    private static readonly float _smallestSigned = (float)Math.ScaleB(1, -100);
    private static readonly float _smallestRoot = (float)Math.ScaleB(1, -50);

    /// <summary>Numbers of a block of 8 bits.</summary>
    public static float[] DecodeBlock8(ReadOnlySpan<byte> codes, ReadOnlySpan<float> scales, bool isSigned)
    {
        float[] numbers = new float[codes.Length];
        for (int i = 0; i < numbers.Length; i++)
        {
            float scale = scales[i / BlockLength];
            numbers[i] = isSigned
                ? (sbyte)codes[i] * (scale / 127)
                : Square(Root(codes[i], scale / 255.5f));
        }

        return numbers;
    }

    /// <summary>The root of a code, between two multiples of the unit.</summary>
    public static float Root(byte code, float unit) => MathF.FusedMultiplyAdd(code, unit, 0.5f * unit);

    /// <summary>Stores numbers with a sign, or roots.</summary>
    public static void EncodeBlock8(ReadOnlySpan<float> numbers, bool areRoots, Span<byte> codes, Span<float> scales)
    {
        for (int start = 0; start < numbers.Length; start += BlockLength)
        {
            ReadOnlySpan<float> block = numbers.Slice(start, Math.Min(BlockLength, numbers.Length - start));
            float largest = 0;
            bool isFinite = true;
            foreach (float number in block)
            {
                isFinite &= float.IsFinite(number);
                largest = MathF.Max(largest, MathF.Abs(number));
            }

            float scale = !isFinite ? float.NaN : largest < (areRoots ? _smallestRoot : _smallestSigned) ? 0 : largest;
            scales[start / BlockLength] = scale;
            float factor = scale > 0 ? (areRoots ? 255.5f : 127) / scale : 0;
            for (int i = 0; i < block.Length; i++)
            {
                // The product of two floats is exact in double.
                double exact = isFinite ? (double)block[i] * factor : 0;
                codes[start + i] = areRoots
                    ? (byte)Math.Floor(Math.Round(exact * 256, MidpointRounding.ToEven) / 256)
                    : (byte)(sbyte)Math.Round(exact, MidpointRounding.ToEven);
            }
        }
    }

    /// <summary>The parameter of two halves.</summary>
    public static float Join(ushort upper, int lower)
    {
        float joined = BitConverter.Int32BitsToSingle((upper << 16) + lower);
        return float.IsNaN(joined) ? BitConverter.Int32BitsToSingle(upper << 16) : joined;
    }

    /// <summary>The halves of a parameter, the lower one with a sign, in units of the last bit.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <param name="lowerBits">16, or 8 for a parameter of 24 bits.</param>
    public static (ushort Upper, int Lower) Divide(float parameter, int lowerBits)
    {
        if (float.IsNaN(parameter))
        {
            return ((ushort)((BitConverter.SingleToUInt32Bits(parameter) >> 16) | 0x40), 0);
        }

        // To the bits that are kept, of two that are as near away from zero: sign and magnitude round alike.
        long bits = BitConverter.SingleToUInt32Bits(parameter);
        long unit = 1 << (16 - lowerBits);
        long kept = (bits + (unit / 2)) / unit * unit;
        long upper = (kept + 0x8000) / 0x1_0000;
        return ((ushort)upper, (int)(kept - (upper * 0x1_0000)));
    }

    /// <summary>bfloat16, rounded with 16 random bits.</summary>
    public static ushort StochasticBFloat16(float number, uint word)
    {
        uint bits = BitConverter.SingleToUInt32Bits(number);
        if (float.IsNaN(number))
        {
            return (ushort)((bits >> 16) | 0x40);
        }

        uint lost = bits & 0xffff;
        return (ushort)((bits >> 16) + (lost + word > 0xffff ? 1 : 0));
    }

    /// <summary>Half precision, rounded with the upper 13 of 16 random bits.</summary>
    public static Half StochasticFloat16(float number, uint word)
    {
        if (!float.IsFinite(number))
        {
            return (Half)number;
        }

        // In units of the type's last bit at that magnitude, 2^-24 at least, times 2^13.
        double magnitude = Math.Abs((double)number);
        int exponent = magnitude == 0 ? -24 : Math.Max(Math.ILogB(magnitude) - 10, -24);
        double fine = Math.Round(Math.ScaleB(magnitude, 13 - exponent), MidpointRounding.ToEven);
        double rounded = Math.ScaleB(Math.Floor((fine + (word >> 3)) / 8192), exponent);
        return (Half)Math.CopySign(rounded, number);
    }

    /// <summary>The 16 random bits of an element, as src/NUMERICS.md gives them to it.</summary>
    public static uint Word(ulong seed, ulong step, uint tensor, uint array, ulong element)
    {
        // Eight elements share a counter, but of the 64 of a group those have it that are 16 apart.
        ulong group = element / 64;
        uint within = (uint)(element % 64);
        uint lane = within % 16;
        ulong counter = (group * 8) + (lane / 2);
        uint[] words = Philox4x32(
            7,
            [(uint)counter, (uint)(counter >> 32) | (array << 29), (uint)step, tensor],
            [(uint)seed, (uint)(seed >> 32) ^ (uint)(step >> 32)]);
        uint word = words[(lane % 2) + (within >= 32 ? 2 : 0)];
        return within % 32 < 16 ? word >> 16 : word & 0xffff;
    }

    /// <summary>Philox4x32 of Salmon, Moraes, Dror and Shaw, 2011.</summary>
    public static uint[] Philox4x32(int rounds, uint[] counter, uint[] key)
    {
        (uint x0, uint x1, uint x2, uint x3) = (counter[0], counter[1], counter[2], counter[3]);
        (uint k0, uint k1) = (key[0], key[1]);
        for (int round = 0; round < rounds; round++)
        {
            ulong first = 0xD2511F53ul * x0;
            ulong second = 0xCD9E8D57ul * x2;
            (x0, x1, x2, x3) = ((uint)(second >> 32) ^ x1 ^ k0, (uint)second, (uint)(first >> 32) ^ x3 ^ k1, (uint)first);
            k0 = unchecked(k0 + 0x9E3779B9);
            k1 = unchecked(k1 + 0xBB67AE85);
        }

        return [x0, x1, x2, x3];
    }

    private static float Square(float number) => number * number;
}

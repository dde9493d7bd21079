using FastAdam.Tests.Reference;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Codecs;

/// <summary>Storage formats to single precision and back, through <see cref="TensorArray.Decode"/> and <see cref="TensorArray.Encode"/>,
/// against the contract.</summary>
public sealed unsafe class FormatConversionTests
{
    [Fact]
    public void All_integers_of_a_block_decode_as_the_contract()
    {
        byte[] codes = [.. Enumerable.Range(0, 256).Select(code => (byte)code)];
        foreach (float scale in new[] { 0, 1, 1e-3f, 3.1f, 1e-12f, float.MaxValue, float.NaN })
        {
            float[] scales = [scale, scale];
            foreach (bool isSigned in new[] { true, false })
            {
                float[] actual = Decoded(codes, scales, isSigned);
                float[] expected = ContractFormats.DecodeBlock8(codes, scales, isSigned);
                for (int code = 0; code < 256; code++)
                {
                    Assert.True(Same(actual[code], expected[code]), $"{code} with scale {scale}, signed: {isSigned}, is {actual[code]:r} instead of {expected[code]:r}");
                }
            }
        }
    }

    [Fact]
    public void All_integers_come_back_from_their_numbers()
    {
        // With the largest number in the block, by which the scale is the same again.
        for (int code = 0; code < 256; code++)
        {
            byte[] codes = new byte[128];
            Array.Fill(codes, (byte)code);
            foreach ((bool isSigned, byte top) in new[] { (true, (byte)127), (false, (byte)255) })
            {
                codes[5] = top;
                float[] scales = [0.37f];
                float[] numbers = Decoded(codes, scales, isSigned);

                // The largest root is halfway below the scale of roots.
                numbers[5] = isSigned ? 0.37f : 0.37f * 0.37f;
                (byte[] back, float[] scale) = Encoded(numbers, isSigned);

                // -128 is written by nobody: it comes back as -127.
                byte expected = isSigned && code == 128 ? unchecked((byte)-127) : (byte)code;
                Assert.True(back[0] == expected, $"{code}, signed: {isSigned}, comes back as {back[0]}");
                Assert.True(Math.Abs(scale[0] - 0.37f) < (code == 128 ? 0.01f : 1e-7f), $"{code}: the scale is {scale[0]:r}");
            }
        }
    }

    [Fact]
    public void A_second_moment_that_was_fed_is_not_zero()
    {
        float[] numbers = new float[128];
        numbers[0] = 1;
        for (int i = 1; i < 128; i++)
        {
            numbers[i] = (float)Math.Pow(10, -i / 4.0);
        }

        (byte[] codes, float[] scales) = Encoded(numbers, isSigned: false);
        Assert.DoesNotContain(0f, Decoded(codes, scales, isSigned: false));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_number_that_is_none_poisons_its_block_and_no_other(float special)
    {
        float[] numbers = new float[384];
        Array.Fill(numbers, 0.5f);
        numbers[200] = special;
        foreach (bool isSigned in new[] { true, false })
        {
            (byte[] codes, float[] scales) = Encoded(numbers, isSigned);
            float[] back = Decoded(codes, scales, isSigned);
            Assert.All(back[128..256], number => Assert.True(float.IsNaN(number)));
            Assert.All(back[..128].Concat(back[256..]), number => Assert.True(float.IsFinite(number)));
            Assert.All(codes[128..256], code => Assert.Equal(0, code));
        }
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(1e-45f)]
    [InlineData(-1e-45f)]
    [InlineData(1e-38f)]
    [InlineData(7.8e-31f)]
    public void Blocks_of_next_to_nothing_are_zeros(float number)
    {
        float[] numbers = new float[200];
        Array.Fill(numbers, number);
        (byte[] codes, float[] scales) = Encoded(numbers, isSigned: true);
        Assert.All(codes, code => Assert.Equal(0, code));
        Assert.All(scales, scale => Assert.Equal(0u, BitConverter.SingleToUInt32Bits(scale)));
        Assert.All(Decoded(codes, scales, isSigned: true), value => Assert.Equal(0, value));
        Array.Fill(numbers, MathF.Abs(number));
        (codes, scales) = Encoded(numbers, isSigned: false);
        Assert.All(Decoded(codes, scales, isSigned: false), value => Assert.Equal(0, value));
    }

    [Fact]
    public void Blocks_with_one_huge_number_are_those_of_the_contract()
    {
        var random = new Random(Seeds.Base);
        for (int round = 0; round < 300; round++)
        {
            float[] numbers = new float[random.Next(1, 400)];
            for (int i = 0; i < numbers.Length; i++)
            {
                numbers[i] = (float)((random.NextDouble() - 0.5) * Math.Pow(2, random.Next(-140, 3)));
            }

            numbers[random.Next(numbers.Length)] = (float)Math.Pow(2, random.Next(0, 128)) * 1.7f;
            foreach (bool isSigned in new[] { true, false })
            {
                float[] stored = isSigned ? numbers : [.. numbers.Select(MathF.Abs)];
                (byte[] codes, float[] scales) = Encoded(stored, isSigned);
                byte[] expected = new byte[stored.Length];
                float[] expectedScales = new float[scales.Length];
                ContractFormats.EncodeBlock8(
                    isSigned ? stored : [.. stored.Select(MathF.Sqrt)], areRoots: !isSigned, expected, expectedScales);
                Assert.True(codes.AsSpan().SequenceEqual(expected), $"round {round}, signed: {isSigned} {Seeds.Replay}");
                Assert.Equal(expectedScales, scales);
            }
        }
    }

    [Theory]
    [InlineData(-0f, 0f)]
    [InlineData(-1e-20f, float.NaN)]
    public void Numbers_below_zero_have_no_root_but_a_negative_zero_has(float number, float expected)
    {
        float[] numbers = new float[128];
        Array.Fill(numbers, 0.25f);
        numbers[7] = number;
        (_, float[] scales) = Encoded(numbers, isSigned: false);
        Assert.Equal(float.IsNaN(expected) ? float.NaN : 0.5f, scales[0]);
    }

    [Fact]
    public void Upper_halves_that_were_set_to_zero_are_zero_whatever_is_below_them()
    {
        for (int lower = short.MinValue; lower <= short.MaxValue; lower++)
        {
            foreach (float zero in new[] { 0f, -0f })
            {
                var upper = (BFloat16)zero;
                ushort bits = (ushort)lower;
                byte few = (byte)lower;
                float[] joined = new float[1];
                TensorArray.Split(&upper, &bits).Decode(joined);
                Assert.True(Math.Abs(joined[0]) < 1e-38, $"{zero} above {lower} is {joined[0]}");
                TensorArray.Split(&upper, &few).Decode(joined);
                Assert.True(Math.Abs(joined[0]) < 1e-38, $"{zero} above {(sbyte)few} is {joined[0]}");
            }
        }
    }

    [Fact]
    public void Splits_of_notable_and_random_numbers_are_those_of_the_contract()
    {
        var random = new Random(Seeds.Base);
        float[] numbers = new float[100_003];
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = BitConverter.UInt32BitsToSingle(random.Next(3) switch
            {
                0 => (uint)random.NextInt64(1L << 32),
                1 => ((uint)random.Next(1 << 16) << 16) + 0x8000u + (uint)random.Next(-2, 3),
                _ => ((uint)random.Next(1 << 16) << 16) + (uint)random.Next(-130, 130),
            });
        }

        RequireSplits(numbers);

        // All floats take two minutes.
        const int Stretch = 1 << 20;
        Parallel.For(0, Rounds.AreMany ? (int)((1L << 32) / Stretch) : 0, stretch =>
            RequireSplits([.. Enumerable.Range(0, Stretch).Select(i => BitConverter.UInt32BitsToSingle(((uint)stretch * Stretch) + (uint)i))]));
    }

    [Fact]
    public void Copies_are_the_nearest_numbers()
    {
        float[] numbers = [1, 1.0039f, -3.3f, 1e-40f, 65520, float.NaN, float.PositiveInfinity, 0];
        float[] kept = new float[numbers.Length];
        BFloat16[] copy = new BFloat16[numbers.Length];
        Half[] half = new Half[numbers.Length];
        fixed (float* p = kept)
        {
            fixed (BFloat16* c = copy)
            {
                TensorArray.WithCopy(p, c).Encode(numbers);
            }

            fixed (Half* c = half)
            {
                TensorArray.WithCopy(p, c).Encode(numbers);
            }
        }

        Assert.Equal(numbers, kept);
        Assert.Equal([.. numbers.Select(number => (float)(BFloat16)number)], [.. copy.Select(number => (float)number)]);
        Assert.Equal([.. numbers.Select(number => (Half)number)], half);
    }

    [Fact]
    public void Bad_arrays_are_refused_by_name_before_anything_is_written()
    {
        float[] values = [1, 2, 3];
        byte[] codes = [9, 9, 9];
        float[] scales = [9];
        fixed (float* a = scales)
        fixed (byte* q = codes)
        fixed (float* v = values)
        {
            float[] all = values;
            byte* integers = q;
            float* numbers = v;
            float* scale = a;
            ArgumentException missing = Assert.Throws<ArgumentNullException>(() => TensorArray.Block8(integers, null).Encode(all));
            Assert.Equal("scales", missing.ParamName);
            missing = Assert.Throws<ArgumentNullException>(() => default(TensorArray).Encode(all));
            Assert.Equal("array", missing.ParamName);
            ArgumentException overlap = Assert.Throws<ArgumentException>(() => TensorArray.Block8((byte*)numbers, scale).Encode(all));
            Assert.Contains("overlaps values", overlap.Message, StringComparison.Ordinal);
            overlap = Assert.Throws<ArgumentException>(() => TensorArray.Block8(integers, numbers).Encode(all));
            Assert.Contains("scales overlaps values", overlap.Message, StringComparison.Ordinal);
            overlap = Assert.Throws<ArgumentException>(() => TensorArray.Block8(integers, (float*)integers).Encode(all));
            Assert.Contains("scales overlaps array", overlap.Message, StringComparison.Ordinal);
        }

        Assert.Equal([9, 9, 9], codes);
        Assert.Equal([9f], scales);
        TensorArray.Block8(null, null).Encode([]);
    }

    private static void RequireSplits(float[] numbers)
    {
        BFloat16[] upper = new BFloat16[numbers.Length];
        ushort[] lower = new ushort[numbers.Length];
        BFloat16[] shortUpper = new BFloat16[numbers.Length];
        byte[] shortLower = new byte[numbers.Length];
        float[] back = new float[numbers.Length];
        float[] shortBack = new float[numbers.Length];
        fixed (BFloat16* u = upper, su = shortUpper)
        fixed (ushort* l = lower)
        fixed (byte* sl = shortLower)
        {
            TensorArray.Split(u, l).Encode(numbers);
            TensorArray.Split(u, l).Decode(back);
            TensorArray.Split(su, sl).Encode(numbers);
            TensorArray.Split(su, sl).Decode(shortBack);
        }

        for (int i = 0; i < numbers.Length; i++)
        {
            (ushort expected, int rest) = ContractFormats.Divide(numbers[i], 16);
            (ushort shortExpected, int shortRest) = ContractFormats.Divide(numbers[i], 8);
            bool isSame = BitConverter.BFloat16ToUInt16Bits(upper[i]) == expected
                && (short)lower[i] == rest
                && BitConverter.BFloat16ToUInt16Bits(shortUpper[i]) == shortExpected
                && (sbyte)shortLower[i] << 8 == shortRest
                && Same(back[i], numbers[i])
                && Same(shortBack[i], ContractFormats.Join(shortExpected, shortRest));
            if (!isSame)
            {
                Assert.Fail(
                    $"0x{BitConverter.SingleToUInt32Bits(numbers[i]):x8} is split into 0x{BitConverter.BFloat16ToUInt16Bits(upper[i]):x4} and "
                    + $"{(short)lower[i]}, or 0x{BitConverter.BFloat16ToUInt16Bits(shortUpper[i]):x4} and {(sbyte)shortLower[i]}, and comes back as "
                    + $"{back[i]:r} and {shortBack[i]:r} {Seeds.Replay}");
            }
        }
    }

    private static bool Same(float left, float right) =>
        BitConverter.SingleToUInt32Bits(left) == BitConverter.SingleToUInt32Bits(right) || (float.IsNaN(left) && float.IsNaN(right));

    private static float[] Decoded(byte[] codes, float[] scales, bool isSigned)
    {
        float[] values = new float[codes.Length];
        fixed (byte* q = codes)
        fixed (float* s = scales)
        {
            TensorArray.Block8(q, s).Decode(values, isSigned);
        }

        return values;
    }

    private static (byte[] Codes, float[] Scales) Encoded(float[] values, bool isSigned)
    {
        byte[] codes = new byte[values.Length];
        float[] scales = new float[(values.Length + 127) / 128];
        fixed (byte* q = codes)
        fixed (float* s = scales)
        {
            TensorArray.Block8(q, s).Encode(values, isSigned);
        }

        return (codes, scales);
    }
}

using System.Runtime.InteropServices;
using System.Security.Cryptography;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Api;

/// <summary>8-bit state to single precision and back, against the definition: seven decades, equal parts, one product, the nearest code.</summary>
public sealed class Dynamic8Tests
{
    private const int B = Dynamic8.BlockLength;

    /// <summary>SHA-256 of the maps that both libraries' code makes with PyTorch 2.10 on AVX2 and AVX-512.</summary>
    private static readonly (string Signed, string Unsigned) _hashes = (
        "E732639A65F497B4AD684BB166A4467708255EDD5207757DE8B8F0C7E1FDA89C",
        "305F002CC11278FB769D13B25B9FD0C7C83C8402C40A878FE086F4039FDE6398");

    public static TheoryData<bool> Maps => [true, false];

    public static TheoryData<bool, float> Scales
    {
        get
        {
            var data = new TheoryData<bool, float>();
            foreach (bool isSigned in (bool[])[true, false])
            {
                foreach (float scale in (float[])[1, 0.3f, 1e-12f, 7e-31f, 12345.678f, float.MaxValue])
                {
                    data.Add(isSigned, scale);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Maps))]
    public void Map_is_the_middles_of_equal_parts_of_seven_decades(bool isSigned)
    {
        List<double> expected = [0, 1];
        for (int k = -6; k <= 0; k++)
        {
            int parts = 1 << (isSigned ? k + 6 : k + 7);
            double low = Math.Pow(10, k - 1), high = Math.Pow(10, k);
            for (int i = 0; i < parts; i++)
            {
                double middle = low + ((high - low) * (i + 0.5) / parts);
                expected.Add(middle);
                expected.AddRange(isSigned ? [-middle] : []);
            }
        }

        expected.Sort();
        ReadOnlySpan<float> map = Dynamic8.Map(isSigned);
        Assert.Equal(256, map.Length);
        Assert.Equal(256, expected.Count);
        for (int code = 0; code < map.Length; code++)
        {
            double ulp = MathF.BitIncrement(MathF.Abs(map[code])) - MathF.Abs(map[code]);
            Assert.True(Math.Abs(map[code] - expected[code]) <= 2 * ulp, $"{code}: {map[code]:r} instead of {expected[code]:r}");
            Assert.True(code == 0 || map[code - 1] < map[code], $"{code}: {map[code]:r} does not ascend");
        }
    }

    [Fact]
    public void Maps_are_pytorchs_to_the_bit_on_every_cpu()
    {
        Assert.Equal(_hashes, (Hash(Dynamic8.Map(isSigned: true)), Hash(Dynamic8.Map(isSigned: false))));

        static string Hash(ReadOnlySpan<float> map) => Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(map)));
    }

    [Theory]
    [MemberData(nameof(Scales))]
    public void Every_code_decodes_to_its_number_times_absmax_and_encodes_back(bool isSigned, float scale)
    {
        byte[] codes = EveryCode();
        float[] values = Decode(codes, [scale], isSigned);
        for (int code = 0; code < codes.Length; code++)
        {
            // Exact in double, so that this rounds once.
            AssertBits((float)((double)Dynamic8.Map(isSigned)[code] * scale), values[code]);
        }

        (byte[] encoded, float[] absmax) = Encode(values, isSigned);
        Assert.Equal(codes, encoded);
        AssertBits(scale, Assert.Single(absmax));
    }

    [Theory]
    [MemberData(nameof(Maps))]
    public void Decoding_with_subnormal_zero_infinite_and_NaN_absmax(bool isSigned)
    {
        byte[] codes = EveryCode();
        foreach (float scale in (float[])[1e-38f, 3e-42f, float.Epsilon, 0, -0f, -2, float.PositiveInfinity, float.NaN])
        {
            float[] values = Decode(codes, [scale], isSigned);
            for (int code = 0; code < codes.Length; code++)
            {
                AssertBits((float)((double)Dynamic8.Map(isSigned)[code] * scale), values[code]);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Maps))]
    public void Middles_belong_to_the_even_code(bool isSigned)
    {
        for (int code = 0; code < 255; code++)
        {
            float middle = (Dynamic8.Map(isSigned)[code] + Dynamic8.Map(isSigned)[code + 1]) / 2;
            (byte[] codes, float[] absmax) =
                Encode([1, middle, MathF.BitDecrement(middle), MathF.BitIncrement(middle)], isSigned);
            Assert.Equal([255, (byte)((code + 1) & ~1), (byte)code, (byte)(code + 1)], codes);
            Assert.Equal([1], absmax);
        }
    }

    [Theory]
    [MemberData(nameof(Maps))]
    public void Random_values_become_the_nearest_code(bool isSigned)
    {
        var random = new Random(Seeds.Base);
        for (int round = 0; round < Rounds.Of(200); round++)
        {
            float[] values = new float[random.Next(1, 2 * B)];
            float scale = MathF.ScaleB(1 + random.NextSingle(), random.Next(-140, 127));
            for (int i = 0; i < values.Length; i++)
            {
                float value = scale * MathF.Pow(10, -8 * random.NextSingle());
                values[i] = isSigned && random.Next(2) == 0 ? -value : value;
            }

            (byte[] codes, float[] absmax) = Encode(values, isSigned);
            for (int i = 0; i < values.Length; i++)
            {
                float largest = values.Skip(i / B * B).Take(B).Max(MathF.Abs);
                AssertBits(largest, absmax[i / B]);
                float quotient = values[i] / largest;
                double[] distances = [.. Dynamic8.Map(isSigned).ToArray().Select(number => Math.Abs((double)quotient - number))];

                // The middle is rounded.
                double tolerance = MathF.BitIncrement(MathF.Abs(quotient)) - MathF.Abs(quotient);
                Assert.True(
                    distances[codes[i]] <= distances.Min() + tolerance,
                    $"{values[i]:r} / {largest:r} becomes {codes[i]}, but {Array.IndexOf(distances, distances.Min())} is nearer {Seeds.Replay}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Maps))]
    public void Every_length_is_blocks_of_256_and_a_tail(bool isSigned)
    {
        var random = new Random(Seeds.Base);
        foreach (int length in (int[])[0, 1, 2, B - 1, B, B + 1, (2 * B) - 1, 2 * B, (3 * B) + 7])
        {
            float[] values = [.. Enumerable.Range(0, length).Select(i => random.NextSingle() * MathF.ScaleB(1, i / B))];
            (byte[] codes, float[] absmax) = Encode(values, isSigned);
            Assert.Equal((length + B - 1) / B, absmax.Length);
            float[] decoded = Decode(codes, absmax, isSigned);
            for (int start = 0; start < length; start += B)
            {
                // A block for itself.
                float[] block = [.. values.Skip(start).Take(B)];
                (byte[] blockCodes, float[] blockAbsmax) = Encode(block, isSigned);
                Assert.Equal(blockCodes, codes[start..(start + block.Length)]);
                AssertBits(Assert.Single(blockAbsmax), absmax[start / B]);
                Assert.Equal(Decode(blockCodes, blockAbsmax, isSigned), decoded[start..(start + block.Length)]);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Maps))]
    public void Blocks_of_zeros_stay_zeros_beside_others(bool isSigned)
    {
        float[] values = new float[(2 * B) + 3];
        values.AsSpan(B, B).Fill(5);
        values[0] = -0f;
        (byte[] codes, float[] absmax) = Encode(values, isSigned);
        Assert.Equal([0, 5, 0], absmax);
        Assert.All(Decode(codes, absmax, isSigned), (value, i) => Assert.Equal(i is >= B and < 2 * B ? 5 : 0, value));
        Assert.Equal(0, Dynamic8.Map(isSigned)[codes[0]]);
    }

    [Theory]
    [MemberData(nameof(Maps))]
    public void The_largest_and_the_smallest_numbers_keep_their_block(bool isSigned)
    {
        (byte[] codes, float[] absmax) = Encode([float.MaxValue, float.MaxValue / 2, 1], isSigned);
        Assert.Equal([float.MaxValue], absmax);
        float[] decoded = Decode(codes, absmax, isSigned);
        Assert.Equal([float.MaxValue, 0], [decoded[0], decoded[2]]);
        Assert.InRange(decoded[1], float.MaxValue * 0.49f, float.MaxValue * 0.51f);

        (codes, absmax) = Encode([float.Epsilon, 0, 100 * float.Epsilon], isSigned);
        Assert.Equal([100 * float.Epsilon], absmax);
        Assert.Equal([float.Epsilon, 0, 100 * float.Epsilon], Decode(codes, absmax, isSigned));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Infinity_and_NaN_make_NaN_of_their_block_alone(float value)
    {
        foreach (bool isSigned in value < 0 ? (bool[])[true] : [true, false])
        {
            foreach (int place in (int[])[B, B + 77, (2 * B) - 1])
            {
                float[] values = new float[3 * B];
                Array.Fill(values, 2);
                values[place] = value;
                (byte[] codes, float[] absmax) = Encode(values, isSigned);
                Assert.Equal([2, float.NaN, 2], absmax);
                Assert.All(Decode(codes, absmax, isSigned), (x, i) => Assert.Equal(i is >= B and < 2 * B ? float.NaN : 2, x));
            }
        }
    }

    [Fact]
    public void The_signed_map_has_no_minus_1()
    {
        (byte[] codes, float[] absmax) = Encode([-1, 0.5f], isSigned: true);
        Assert.Equal(0, codes[0]);
        Assert.Equal([1], absmax);
        Assert.Equal(Dynamic8.Map(isSigned: true)[0], Decode(codes, absmax, isSigned: true)[0]);
    }

    [Fact]
    public void Decoding_with_a_map_and_a_block_length_of_its_own()
    {
        float[] map = [.. Enumerable.Range(0, 256).Select(i => i - 100f)];
        float[] values = new float[5];
        Dynamic8.Decode([0, 100, 255, 101, 102], [2, 10, 0.5f], map, values, blockLength: 2);
        Assert.Equal([-200, 0, 1550, 10, 1], values);
        Dynamic8.Decode([0, 100, 255, 101, 102], [2], map, values, blockLength: int.MaxValue);
        Assert.Equal([-200, 0, 310, 2, 4], values);
        Dynamic8.Decode([], [], map, []);
    }

    [Fact]
    public void Bad_decoding_arguments_are_named_and_leave_the_values_alone()
    {
        float[] values = [7, 7, 7];
        Refuses<ArgumentException>("values", "values has 3 elements, but codes has 2.", () => Dynamic8.Decode(new byte[2], [1], true, values));
        Refuses<ArgumentException>(
            "absmax", "absmax has 2 elements, but 3 elements are 1 blocks of 256.", () => Dynamic8.Decode(new byte[3], [1, 1], true, values));
        Refuses<ArgumentException>("absmax", "absmax has 0 elements", () => Dynamic8.Decode(new byte[3], [], false, values));
        Refuses<ArgumentException>("map", "map has 255 elements, not 256.", () => Dynamic8.Decode(new byte[3], [1], new float[255], values));
        foreach (int length in (int[])[0, -1, int.MinValue])
        {
            var exception = Refuses<ArgumentOutOfRangeException>(
                "blockLength",
                "The length of a block must be at least 1.",
                () => Dynamic8.Decode(new byte[3], [1], new float[256], values, length));
            Assert.Equal(length, exception.ActualValue);
        }

        Refuses<ArgumentException>(
            "values", "values overlaps codes.", () => Dynamic8.Decode(MemoryMarshal.AsBytes(values.AsSpan())[1..4], [1], true, values));
        Refuses<ArgumentException>("values", "values overlaps absmax.", () => Dynamic8.Decode(new byte[3], values.AsSpan(2), true, values));
        float[] large = new float[256];
        Refuses<ArgumentException>("values", "values overlaps map.", () => Dynamic8.Decode(new byte[3], [1], large, large.AsSpan(253)));
        Assert.Equal([7, 7, 7], values);
    }

    [Fact]
    public void Bad_encoding_arguments_are_named_and_leave_the_codes_alone()
    {
        byte[] codes = [9, 9, 9];
        float[] absmax = [8];
        Refuses<ArgumentException>("codes", "codes has 3 elements, but values has 2.", () => Dynamic8.Encode([1, 2], true, codes, absmax));
        Refuses<ArgumentException>(
            "absmax", "absmax has 1 elements, but 0 elements are 0 blocks of 256.", () => Dynamic8.Encode([], true, [], absmax));
        foreach (float negative in (float[])[-1, -float.Epsilon, float.NegativeInfinity])
        {
            var exception = Refuses<ArgumentOutOfRangeException>(
                "values", "values[1] is negative, and the unsigned map has no negative numbers.",
                () => Dynamic8.Encode([float.NaN, negative, 1], false, codes, absmax));
            Assert.Equal(negative, exception.ActualValue);
        }

        float[] values = [1, 2, 3];
        Refuses<ArgumentException>(
            "codes", "codes overlaps values.", () => Dynamic8.Encode(values, true, MemoryMarshal.AsBytes(values.AsSpan())[9..], absmax));
        Refuses<ArgumentException>("absmax", "absmax overlaps values.", () => Dynamic8.Encode(values, true, codes, values.AsSpan(1, 1)));
        Refuses<ArgumentException>(
            "absmax", "absmax overlaps codes.", () => Dynamic8.Encode(values, true, MemoryMarshal.AsBytes(absmax.AsSpan())[..3], absmax));
        Assert.Equal([1, 2, 3], values);
        Assert.Equal([9, 9, 9], codes);
        Assert.Equal([8], absmax);
    }

    private static T Refuses<T>(string argument, string message, Action call)
        where T : ArgumentException
    {
        T exception = Assert.Throws<T>(call);
        Assert.Equal(argument, exception.ParamName);
        Assert.StartsWith(message, exception.Message, StringComparison.Ordinal);
        return exception;
    }

    private static byte[] EveryCode() => [.. Enumerable.Range(0, 256).Select(code => (byte)code)];

    private static float[] Decode(byte[] codes, float[] absmax, bool isSigned)
    {
        float[] values = new float[codes.Length];
        Dynamic8.Decode(codes, absmax, isSigned, values);
        return values;
    }

    private static (byte[] Codes, float[] Absmax) Encode(float[] values, bool isSigned)
    {
        byte[] codes = new byte[values.Length];
        float[] absmax = new float[(values.Length + B - 1) / B];
        Dynamic8.Encode(values, isSigned, codes, absmax);
        return (codes, absmax);
    }

    private static void AssertBits(float expected, float actual) => Assert.True(
        float.IsNaN(expected) ? float.IsNaN(actual) : BitConverter.SingleToUInt32Bits(expected) == BitConverter.SingleToUInt32Bits(actual),
        $"{actual:r} instead of {expected:r}");
}

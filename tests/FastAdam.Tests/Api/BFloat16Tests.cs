using FastAdam.Tests.Reference;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Api;

/// <summary>The bfloat16 type: all its 65,536 values, and rounding to it.</summary>
public sealed class BFloat16Tests
{
    [Fact]
    public void Every_pattern_widens_exactly_and_rounds_back()
    {
        for (int bits = 0; bits < 65536; bits++)
        {
            BFloat16 value = BitConverter.UInt16BitsToBFloat16((ushort)bits);
            float widened = (float)value;
            Assert.Equal((uint)bits << 16, BitConverter.SingleToUInt32Bits(widened));
            Assert.Equal(float.IsNaN(widened), BFloat16.IsNaN(value));
            Assert.Equal(float.IsInfinity(widened), BFloat16.IsInfinity(value));
            Assert.Equal(float.IsFinite(widened), BFloat16.IsFinite(value));
            Assert.Equal(float.IsSubnormal(widened), BFloat16.IsSubnormal(value));
            Assert.Equal(float.IsNegative(widened), BFloat16.IsNegative(value));
            if (!BFloat16.IsNaN(value))
            {
                Assert.Equal((ushort)bits, BitConverter.BFloat16ToUInt16Bits((BFloat16)widened));
                Assert.Equal((ushort)bits, BitConverter.BFloat16ToUInt16Bits((BFloat16)(double)value));
            }
        }
    }

    [Fact]
    public void Rounding_from_float_is_to_nearest_even()
    {
        var random = new Random(Seeds.Base);
        for (int i = 0; i < 1_000_000; i++)
        {
            uint bits = (uint)random.NextInt64(1L << 32);
            bits = (i & 3) == 0 ? (bits & 0xffff_0000) | 0x8000 : bits;
            float value = BitConverter.UInt32BitsToSingle(bits);
            ushort expected = (ushort)(ReferenceBFloat16.Round(value) >> 16);
            ushort actual = BitConverter.BFloat16ToUInt16Bits((BFloat16)value);
            Assert.True(
                float.IsNaN(value) ? BFloat16.IsNaN((BFloat16)value) : expected == actual,
                $"{value:r} rounds to 0x{actual:x4} instead of 0x{expected:x4} {Seeds.Replay}");
        }
    }

    [Theory]
    [InlineData(1.00390625, 0x3f80)]
    [InlineData(1.00390625000001, 0x3f81)] // in float it would be the tie above
    [InlineData(1.01171875, 0x3f82)]
    [InlineData(1.01171874999999, 0x3f81)]
    [InlineData(-1.00390625000001, 0xbf81)]
    [InlineData(1e300, 0x7f80)]
    [InlineData(-1e300, 0xff80)]
    [InlineData(3.39617752923046e38, 0x7f80)] // half a unit above the largest
    [InlineData(3.3961775292304597e38, 0x7f7f)]
    [InlineData(1e-300, 0x0000)]
    [InlineData(-1e-300, 0x8000)]
    [InlineData(double.PositiveInfinity, 0x7f80)]
    public void Rounding_from_double_happens_once(double value, int expected) =>
        Assert.Equal((ushort)expected, BitConverter.BFloat16ToUInt16Bits((BFloat16)value));

    [Fact]
    public void Constants_and_comparisons()
    {
        Assert.Equal(MathF.ScaleB(1, -133), (float)BFloat16.Epsilon);
        Assert.Equal(MathF.ScaleB(255, 120), (float)BFloat16.MaxValue);
        Assert.Equal(-(float)BFloat16.MaxValue, (float)BFloat16.MinValue);
        Assert.Equal((1f, 0f), ((float)BFloat16.One, (float)BFloat16.Zero));
        Assert.Equal((float.PositiveInfinity, float.NegativeInfinity), ((float)BFloat16.PositiveInfinity, (float)BFloat16.NegativeInfinity));
        Assert.True(BFloat16.IsNaN(BFloat16.NaN));
        Assert.True(BFloat16.IsNaN((BFloat16)double.NaN));

        Assert.True(BFloat16.Zero == BFloat16.NegativeZero);
        Assert.Equal(BFloat16.Zero.GetHashCode(), BFloat16.NegativeZero.GetHashCode());
        Assert.False(BFloat16.NaN == BFloat16.NaN);
        Assert.True(BFloat16.NaN != BFloat16.NaN);
        Assert.True(BFloat16.NaN.Equals(BFloat16.NaN));
        Assert.True(BFloat16.Zero < BFloat16.One && BFloat16.One > BFloat16.Zero);
        Assert.True(BFloat16.One <= BFloat16.One && BFloat16.One >= BFloat16.One);
        Assert.Equal(-BFloat16.One, (BFloat16)(-1f));
        Assert.Equal(BFloat16.One, BFloat16.Abs(-BFloat16.One));
        Assert.Equal(-1, BFloat16.Zero.CompareTo((object)BFloat16.One));
        Assert.Equal(1, BFloat16.Zero.CompareTo(null));
        Assert.Throws<ArgumentException>("obj", () => BFloat16.Zero.CompareTo((object)1f));
        Assert.Equal("1", $"{BFloat16.One}");
        Assert.Equal("1.00", BFloat16.One.ToString("f2", null));
    }

    [Fact]
    public unsafe void Layout_is_two_bytes() => Assert.Equal(2, sizeof(BFloat16));
}

using System.Numerics;
using FastAdam.Rules;
using Xunit;

namespace FastAdam.Tests.Rules;

/// <summary>beta^t against exact integer arithmetic.</summary>
public sealed class IntegerPowerTests
{
    [Theory]
    [InlineData(0.9)]
    [InlineData(0.95)]
    [InlineData(0.98)]
    [InlineData(0.99)]
    [InlineData(0.999)]
    [InlineData(0.9999)]
    [InlineData(0.3)]
    [InlineData(0.5)]
    public void Power_is_correctly_rounded(double beta)
    {
        var power = new IntegerPower();
        for (int exponent = 1; exponent < 1100; exponent++)
        {
            double expected = Exact(beta, exponent);
            double actual = power.Of(beta, exponent);
            if (expected < SmallestNormal)
            {
                // What underflows is nothing beside the 1 that it is taken from.
                Assert.InRange(actual, 0, SmallestNormal);
                continue;
            }

            Assert.True(expected.Equals(actual), $"{beta:r}^{exponent} is {actual:r} instead of {expected:r}");
        }
    }

    [Fact]
    public void Result_does_not_depend_on_what_was_asked_before()
    {
        var random = new Random(1);
        var used = new IntegerPower();
        for (int i = 0; i < 20_000; i++)
        {
            double beta = random.Next(3) == 0 ? random.NextDouble() : 0.9;
            long exponent = random.Next(2) == 0 ? random.Next(1, 100) : random.NextInt64(1, 1L << random.Next(1, 40));
            Assert.Equal(new IntegerPower().Of(beta, exponent), used.Of(beta, exponent));
        }
    }

    [Theory]
    [InlineData(0, 1, 0)]
    [InlineData(0.5, 1074, double.Epsilon)]
    [InlineData(0.9, 1L << 40, 0)]
    [InlineData(0.9999999999999999, long.MaxValue, 0)]
    public void Extremes(double beta, long exponent, double expected) => Assert.Equal(expected, new IntegerPower().Of(beta, exponent));

    private const double SmallestNormal = 2.2250738585072014e-308;

    /// <summary>beta^n as a ratio of integers, rounded once to nearest even.</summary>
    private static double Exact(double beta, int n)
    {
        long bits = BitConverter.DoubleToInt64Bits(beta);
        int exponent = (int)(bits >> 52) - 1075;
        BigInteger significand = BigInteger.Pow((bits & ((1L << 52) - 1)) | (1L << 52), n);
        int scale = exponent * n;
        int excess = (int)significand.GetBitLength() - 53;
        if (excess > 0)
        {
            BigInteger half = BigInteger.One << (excess - 1);
            BigInteger rest = significand & ((BigInteger.One << excess) - 1);
            significand >>= excess;
            if (rest > half || (rest == half && !significand.IsEven))
            {
                significand++;
            }

            scale += excess;
        }

        return Math.ScaleB((double)significand, scale);
    }
}

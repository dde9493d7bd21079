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
        long[] exponents = [1, 2, 3, 4, 5, 7, 10, 31, 32, 33, 100, 255, 1000, 1023];
        foreach (long exponent in exponents)
        {
            double expected = Exact(beta, (int)exponent);
            double actual = IntegerPower.Of(beta, exponent);
            Assert.True(expected.Equals(actual), $"{beta:r}^{exponent} is {actual:r} instead of {expected:r}");
        }
    }

    [Theory]
    [InlineData(0, 1, 0)]
    [InlineData(0.5, 1074, double.Epsilon)]
    [InlineData(0.9, 1L << 40, 0)]
    [InlineData(0.9999999999999999, long.MaxValue, 0)]
    public void Extremes(double beta, long exponent, double expected) => Assert.Equal(expected, IntegerPower.Of(beta, exponent));

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

using FastAdam.Rules;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Rules;

/// <summary>The functions of numbers of a step against those of .NET, and their bits, which must be the same everywhere.</summary>
public sealed class ElementaryFunctionsTests
{
    private const double Ulp = 1.0 / (1L << 52);

    /// <summary>A hash of what x86-64 computes.</summary>
    private const ulong Bits = 12172280579695811800;

    [Fact]
    public void Exp_is_near_the_exponential()
    {
        var random = new Random(Seeds.Base);
        for (int i = 0; i < Rounds.Of(20_000); i++)
        {
            double x = (random.NextDouble() - 0.5) * 1400;
            RequireNear(Math.Exp(x), ElementaryFunctions.Exp(x, 0), 2.5 * Ulp, $"exp({x:r})");
        }

        Assert.Equal(1, ElementaryFunctions.Exp(0, 0));
        Assert.Equal(0, ElementaryFunctions.Exp(double.NegativeInfinity, 0));
        Assert.Equal(double.PositiveInfinity, ElementaryFunctions.Exp(double.PositiveInfinity, 0));
    }

    [Fact]
    public void Log_is_near_the_natural_logarithm()
    {
        var random = new Random(Seeds.Base + 1);
        for (int i = 0; i < Rounds.Of(20_000); i++)
        {
            // Of every magnitude, and near 1, where the logarithm is small.
            double x = i % 2 == 0 ? RandomGroup.Magnitude(random, -300, 300) : 1 + ((random.NextDouble() - 0.5) * 1e-3);
            RequireNear(Math.Log(x), ElementaryFunctions.Log(x), 3 * Ulp, $"ln({x:r})");
        }

        Assert.Equal(0, ElementaryFunctions.Log(1));
        Assert.Equal(double.NegativeInfinity, ElementaryFunctions.Log(0));
        Assert.Equal(double.PositiveInfinity, ElementaryFunctions.Log(double.PositiveInfinity));
        RequireNear(Math.Log(5e-324), ElementaryFunctions.Log(5e-324), 3 * Ulp, "ln(5e-324)");
    }

    [Fact]
    public void Power_is_near_the_power()
    {
        var random = new Random(Seeds.Base + 2);
        for (int i = 0; i < Rounds.Of(20_000); i++)
        {
            double x = RandomGroup.Magnitude(random, -10, 15);
            double y = random.NextDouble() * 5;
            double tolerance = (4 + Math.Abs(y * Math.Log(x))) * Ulp;
            RequireNear(Math.Pow(x, y), ElementaryFunctions.Power(x, y), tolerance, $"{x:r}^{y:r}");
        }
    }

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(0, 2, 0)]
    [InlineData(0, 0.3, 0)]
    [InlineData(7, 0, 1)]
    [InlineData(7, 1, 7)]
    [InlineData(7, 2, 49)]
    [InlineData(49, 0.5, 7)]
    [InlineData(2401, 0.25, 7)]
    [InlineData(1, 1e30, 1)]
    [InlineData(2, 1e4, double.PositiveInfinity)]
    [InlineData(0.5, 1e4, 0)]
    [InlineData(3, 1e308, double.PositiveInfinity)]
    public void Powers_that_are_exact(double x, double y, double expected) =>
        Assert.Equal(expected, ElementaryFunctions.Power(x, y));

    [Fact]
    public void The_bits_are_the_same_everywhere()
    {
        ulong hash = 14695981039346656037;
        for (int i = 1; i <= 2000; i++)
        {
            double x = i / 64.0;
            double[] values = [ElementaryFunctions.Exp(x - 16, 0), ElementaryFunctions.Log(x), ElementaryFunctions.Power(x, 0.3)];
            foreach (double value in values)
            {
                hash = (hash ^ BitConverter.DoubleToUInt64Bits(value)) * 1099511628211;
            }
        }

        Assert.Equal(Bits, hash);
    }

    private static void RequireNear(double expected, double actual, double tolerance, string what) => Assert.True(
        Math.Abs(actual - expected) <= (tolerance * Math.Abs(expected)) + double.Epsilon,
        $"{what} is {actual:r} instead of {expected:r}");
}

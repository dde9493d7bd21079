using System.Runtime.CompilerServices;

namespace FastAdam.Rules;

/// <summary>
/// Functions of the numbers of a step from IEEE operations alone: so they have the same bits on every CPU and system, which those of
/// the C libraries have not.
/// </summary>
internal static class ElementaryFunctions
{
    // ln 2 as the sum of two doubles.
    private const double Log2High = 0.6931471805599453;
    private const double Log2Low = 2.3190468138462996e-17;

    // exp(-746) is less than half of the smallest number above 0, exp(710) more than the largest.
    private const double SmallestExponent = -746;
    private const double LargestExponent = 710;

    // Of Taylor's series, whose remainder at ln 2 / 2 is then below 2^-57.
    private const int Terms = 14;

    // Of the series of the inverse hyperbolic tangent, whose remainder at 3 - sqrt(8) is then below 2^-60.
    private const int LogTerms = 11;

    /// <summary>exp(high + low), with a relative error below 2^-51.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Exp(double high, double low)
    {
        if (!(high > SmallestExponent))
        {
            return 0;
        }

        if (high > LargestExponent)
        {
            return double.PositiveInfinity;
        }

        double halvings = Math.Round(high / Log2High);
        double rest = Math.FusedMultiplyAdd(-halvings, Log2High, high) + (low - (halvings * Log2Low));
        double sum = 1;
        for (int term = Terms; term > 0; term--)
        {
            sum = Math.FusedMultiplyAdd(rest / term, sum, 1);
        }

        return Math.ScaleB(sum, (int)halvings);
    }

    /// <summary>The natural logarithm of x from 0 on, with a relative error below 2^-51.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Log(double x)
    {
        if (!(x > 0 && double.IsFinite(x)))
        {
            return x == 0 ? double.NegativeInfinity : x;
        }

        int exponent = Math.ILogB(x);
        double m = Math.ScaleB(x, -exponent);
        if (m > 1.4142135623730951)
        {
            (m, exponent) = (m / 2, exponent + 1);
        }

        // ln m = 2 artanh s.
        double s = (m - 1) / (m + 1);
        double square = s * s;
        double sum = 0;
        for (int term = LogTerms; term > 0; term--)
        {
            sum = Math.FusedMultiplyAdd(sum, square, 1.0 / ((2 * term) + 1));
        }

        double log = Math.FusedMultiplyAdd(2 * s * square, sum, 2 * s);
        return Math.FusedMultiplyAdd(exponent, Log2High, Math.FusedMultiplyAdd(exponent, Log2Low, log));
    }

    /// <summary>x^y for x from 0 on. For 0, 1, 2, 1/2 and 1/4 as products and roots give it; else its relative error is about
    /// |y ln x| units in the last place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Power(double x, double y) => y switch
    {
        0 => 1,
        0.25 => Math.Sqrt(Math.Sqrt(x)),
        0.5 => Math.Sqrt(x),
        1 => x,
        2 => x * x,
        _ => PowerOfLog(Log(x), y),
    };

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double PowerOfLog(double log, double y)
    {
        double high = log * y;
        return double.IsFinite(high)
            ? Exp(high, Math.FusedMultiplyAdd(log, y, -high))
            : high > 0 ? double.PositiveInfinity : 0;
    }
}

namespace FastAdam.Rules;

/// <summary>
/// x^n in double-double arithmetic by squaring. The C library's pow is neither correctly rounded nor the same everywhere; this
/// uses IEEE operations alone, so beta^t has the same bits on every CPU and system.
/// </summary>
internal static class IntegerPower
{
    /// <param name="x">From 0 to below 1.</param>
    /// <param name="n">At least 1.</param>
    /// <returns>x^n; the error in double-double is about n * 2^-104, relative, before the one rounding to double.</returns>
    public static double Of(double x, long n)
    {
        (double High, double Low) power = (1, 0);
        (double High, double Low) square = (x, 0);
        while (true)
        {
            if ((n & 1) != 0)
            {
                power = Multiply(power, square);
            }

            n >>= 1;
            if (n == 0)
            {
                return power.High;
            }

            square = Multiply(square, square);
        }
    }

    private static (double High, double Low) Multiply((double High, double Low) a, (double High, double Low) b)
    {
        double product = a.High * b.High;
        double error = Math.FusedMultiplyAdd(a.High, b.High, -product);
        error += Math.FusedMultiplyAdd(a.High, b.Low, a.Low * b.High);
        double high = product + error;
        return (high, product - high + error);
    }
}

using System.Runtime.CompilerServices;

namespace FastAdam.Rules;

/// <summary>
/// x^n in double-double arithmetic. The C library's pow is neither correctly rounded nor the same everywhere; this uses IEEE
/// operations alone, so beta^t has the same bits on every CPU and system. A pure function of x and n; what an instance keeps
/// only makes the powers of a loop that counts n up cheap: x^n = x^(n - n mod 16) * x^(n mod 16), and both factors stay.
/// </summary>
internal sealed class IntegerPower
{
    private const int LowBits = 4;

    private readonly (double High, double Low)[] _lowPowers = new (double High, double Low)[1 << LowBits];
    private double _x = double.NaN;
    private long _block;
    private (double High, double Low) _blockPower;

    /// <param name="x">From 0 to below 1.</param>
    /// <param name="n">At least 1.</param>
    /// <returns>x^n; the error in double-double is about n * 2^-104, relative, before the one rounding to double.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Of(double x, long n)
    {
        long block = n >> LowBits;
        if (x != _x || block != _block)
        {
            SetBlock(x, block);
        }

        return Multiply(_blockPower, _lowPowers[n & ((1 << LowBits) - 1)]).High;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SetBlock(double x, long block)
    {
        if (x != _x)
        {
            _lowPowers[0] = (1, 0);
            for (int i = 1; i < _lowPowers.Length; i++)
            {
                _lowPowers[i] = Multiply(_lowPowers[i - 1], (x, 0));
            }
        }

        (_x, _block, _blockPower) = (x, block, Power(Multiply(_lowPowers[^1], (x, 0)), block));
    }

    /// <summary>By squaring.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (double High, double Low) Power((double High, double Low) square, long n)
    {
        (double High, double Low) power = (1, 0);
        for (; n > 1; n >>= 1)
        {
            if ((n & 1) != 0)
            {
                power = Multiply(power, square);
            }

            square = Multiply(square, square);
        }

        return n == 0 ? power : Multiply(power, square);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (double High, double Low) Multiply((double High, double Low) a, (double High, double Low) b)
    {
        double product = a.High * b.High;
        double error = Math.FusedMultiplyAdd(a.High, b.High, -product);
        error += Math.FusedMultiplyAdd(a.High, b.Low, a.Low * b.High);
        double high = product + error;
        return (high, product - high + error);
    }
}

using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Rules;

/// <summary>
/// Division of square roots by the step's constant, against the correctly rounded quotient. Random pairs do not find errors of
/// such sequences: the quotients are built to lie as close as possible to the middle between two floats.
/// </summary>
public sealed unsafe class ConstantDivisorTests
{
    private const int Significand = 1 << 23;

    public static TheoryData<InstructionSet> Supported => [.. InstructionSets.Supported];

    [Theory]
    [MemberData(nameof(Supported))]
    public void Quotients_next_to_midpoints(InstructionSet instructionSet)
    {
        // The division of the hardware itself needs no more than a look.
        int divisors = instructionSet is InstructionSet.Avx512 or InstructionSet.Avx2 ? 1 << 18 : 1 << 12;
        var machine = LaneMachine.Of(instructionSet);
        var random = new Random(Seeds.Base);
        for (int i = 0; i < divisors; i++)
        {
            int divisor = i < 1024 ? (2 * Significand) - 1 - i : Significand + random.Next(Significand);
            AssertQuotients(machine, instructionSet, divisor, random);
        }
    }

    [Theory]
    [MemberData(nameof(Supported))]
    public void Roots_and_divisors_at_the_ends_of_their_range(InstructionSet instructionSet)
    {
        float[] roots =
        [
            0, -0f, float.PositiveInfinity, float.NaN, MathF.Sqrt(float.Epsilon), MathF.Sqrt(2 * float.Epsilon),
            MathF.Sqrt(1.17549435e-38f), MathF.BitDecrement(MathF.Sqrt(1.17549435e-38f)), MathF.Sqrt(float.MaxValue),
            MathF.BitDecrement(MathF.Sqrt(float.MaxValue)), 1, MathF.BitDecrement(1), MathF.BitIncrement(1), 1.5f, 1e-10f, 1e10f,
        ];
        float smallest = (float)Math.Sqrt(1 - Math.BitDecrement(1d));
        foreach (float divisor in new[] { 1, MathF.BitDecrement(1), 0.5f, MathF.BitIncrement(0.5f), 0.03162278f, smallest })
        {
            AssertQuotients(LaneMachine.Of(instructionSet), instructionSet, divisor, roots);
        }
    }

    [Theory]
    [MemberData(nameof(Supported))]
    public void Square_roots_of_every_significand_and_both_parities_of_the_exponent(InstructionSet instructionSet)
    {
        const int chunk = 1 << 12;
        var machine = LaneMachine.Of(instructionSet);
        float[] numbers = new float[chunk];
        float[] roots = new float[chunk];

        // NEON is tested under emulation, which takes its time, and the scalar root is the runtime's own.
        int stride = instructionSet is InstructionSet.Avx512 or InstructionSet.Avx2 ? 1 : 251;
        uint first = 127u << 23;
        for (uint start = 0; start < 2 * Significand; start += (uint)(chunk * stride))
        {
            for (int i = 0; i < chunk; i++)
            {
                numbers[i] = BitConverter.UInt32BitsToSingle(first + start + (uint)(i * stride));
            }

            fixed (float* from = numbers, to = roots)
            {
                machine.Sqrt(from, to, chunk);
            }

            for (int i = 0; i < chunk; i++)
            {
                // The root in double has more than twice the digits, so rounding it again is harmless.
                float expected = (float)Math.Sqrt(numbers[i]);
                if (expected != roots[i])
                {
                    Assert.Fail($"{instructionSet}: the root of {numbers[i]:r} is {roots[i]:r}, not {expected:r}");
                }
            }
        }
    }

    /// <summary>Sixteen roots whose quotients by the divisor lie next to a midpoint.</summary>
    private static void AssertQuotients(LaneMachine machine, InstructionSet instructionSet, int divisor, Random random)
    {
        float[] roots = new float[16];
        for (int i = 0; i < roots.Length; i++)
        {
            int significand = HardDividend(divisor, i >= 8, (2 * (i % 8)) - 7, random);
            roots[i] = MathF.ScaleB(significand, random.Next(-75, 63) - 23);
        }

        AssertQuotients(machine, instructionSet, MathF.ScaleB(divisor, random.Next(-26, 0) - 23), roots);
    }

    /// <summary>
    /// A significand a with a * 2^k = divisor * m + remainder for an odd m of 25 bits, which stands for the middle between two
    /// floats, and a remainder as small as asked for: m follows from the inverse of the divisor modulo a power of two. Any
    /// significand where the equation has no solution of the right size.
    /// </summary>
    private static int HardDividend(int divisor, bool isBelow, int remainder, Random random)
    {
        int zeros = int.TrailingZeroCount(divisor);
        int bits = (isBelow ? 25 : 24) - zeros;
        ulong modulus = 1ul << bits;
        ulong odd = (ulong)divisor >> zeros;
        ulong middle = (unchecked((ulong)-remainder) * Inverse(odd)) & (modulus - 1);

        // The bits above the modulus are free.
        while (middle < 1ul << 24)
        {
            middle += modulus * (ulong)random.Next(1, 1 << (25 - Math.Min(bits, 24)));
        }

        long dividend = ((long)middle * divisor) + ((long)remainder << zeros);
        long significand = dividend >> (isBelow ? 25 : 24);
        return significand is >= Significand and < 2 * Significand && middle < 1ul << 25
            ? (int)significand
            : Significand + random.Next(Significand);
    }

    /// <summary>The inverse modulo 2^64 of an odd number, by Newton's iteration.</summary>
    private static ulong Inverse(ulong odd)
    {
        ulong inverse = odd;
        for (int i = 0; i < 5; i++)
        {
            inverse *= unchecked(2 - (odd * inverse));
        }

        return inverse;
    }

    private static void AssertQuotients(LaneMachine machine, InstructionSet instructionSet, float divisor, float[] roots)
    {
        float* quotients = stackalloc float[16];
        fixed (float* from = roots)
        {
            for (int i = 0; i < roots.Length; i += machine.Count)
            {
                machine.DivideByConstant(divisor, from + i, quotients + i);
            }
        }

        for (int i = 0; i < roots.Length; i++)
        {
            float expected = roots[i] / divisor;
            bool isSame = BitConverter.SingleToUInt32Bits(expected) == BitConverter.SingleToUInt32Bits(quotients[i]);
            if (!isSame && !(float.IsNaN(expected) && float.IsNaN(quotients[i])))
            {
                Assert.Fail(
                    $"{instructionSet}: {roots[i]:r} / {divisor:r} is {quotients[i]:r} instead of {expected:r} {Seeds.Replay}");
            }
        }
    }
}

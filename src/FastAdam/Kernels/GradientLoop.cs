using System.Runtime.CompilerServices;
using FastAdam.Codecs;
using FastAdam.Isa;

namespace FastAdam.Kernels;

/// <summary>What is known about the gradients before a step.</summary>
/// <param name="SquareSum">The sum of their squares.</param>
/// <param name="NonFinite">How many are infinite or NaN.</param>
internal readonly record struct GradientSums(double SquareSum, long NonFinite);

/// <summary>Reads a block of gradients once.</summary>
internal static unsafe class GradientLoop<V, D, C>
    where V : unmanaged, IVector<V>
    where D : unmanaged, ISquareSums<D, V>
    where C : ICodec
{
    private const uint Exponent = 0x7f80_0000;

    /// <param name="gradients">From the first element of a block on.</param>
    /// <param name="length">At most <see cref="LaneSums.BlockLength"/>.</param>
    /// <param name="scale">What they are divided by for their norm.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static GradientSums Run(byte* gradients, int length, float scale)
    {
        LaneSums sums = default;
        LaneSums.AddSquares<V, D, C>(ref sums, gradients, length, scale);
        double total = sums.Total();

        // The squares of floats cannot overflow a double together: only an infinity or NaN among them can.
        return new GradientSums(total, double.IsFinite(total) ? 0 : CountNonFinite(gradients, length));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long CountNonFinite(byte* gradients, int length)
    {
        V exponent = V.BroadcastBits(Exponent);
        byte* rest = stackalloc byte[2 * sizeof(V)];
        new Span<byte>(rest, 2 * sizeof(V)).Clear();
        long count = 0;
        for (int i = 0; i < length; i += 2 * V.Count)
        {
            byte* block = gradients + (i * C.Size);
            if (length - i < 2 * V.Count)
            {
                Unsafe.CopyBlockUnaligned(rest, block, (uint)((length - i) * C.Size));
                block = rest;
            }

            C.Load(block, inOrder: false, out V first, out V second);
            count += V.CountEqual(first & exponent, exponent) + V.CountEqual(second & exponent, exponent);
        }

        return count;
    }
}

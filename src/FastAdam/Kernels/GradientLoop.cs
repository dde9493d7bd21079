using System.Runtime.CompilerServices;
using FastAdam.Codecs;
using FastAdam.Isa;
using FastAdam.Rules;

namespace FastAdam.Kernels;

/// <summary>What is known about the gradients before a step.</summary>
/// <param name="SquareSum">The sum of their squares.</param>
/// <param name="NonFinite">How many are infinite or NaN once they are divided by their scale.</param>
internal readonly record struct GradientSums(double SquareSum, long NonFinite);

/// <summary>Reads a block of gradients once.</summary>
internal static unsafe class GradientLoop<V, D, C>
    where V : unmanaged, IVector<V>
    where D : ISquareSums
    where C : ICodec
{
    private const uint Exponent = 0x7f80_0000;

    /// <param name="gradients">From the first element of a block on.</param>
    /// <param name="length">At most <see cref="LaneSums.BlockLength"/>.</param>
    /// <param name="scale">What they are divided by.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static GradientSums Run(byte* gradients, int length, float scale)
    {
        LaneSums sums = default;
        if (C.Size == sizeof(float) && scale == 1)
        {
            LaneSums.AddSquares<D>(ref sums, (float*)gradients, length);
        }
        else
        {
            AddTiles(ref sums, gradients, length, scale);
        }

        double total = sums.Total();

        // The squares of floats cannot overflow a double together: only an infinity or NaN among them can.
        return new GradientSums(total, double.IsFinite(total) ? 0 : CountNonFinite(gradients, length, scale));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    private static void AddTiles(ref LaneSums sums, byte* gradients, int length, float scale)
    {
        float* tile = stackalloc float[Tile<V, C>.Length + (2 * V.Count)];
        var unscaling = new GradientUnscaling<V>(scale);
        for (int start = 0; start < length; start += Tile<V, C>.Length)
        {
            int count = int.Min(Tile<V, C>.Length, length - start);
            byte* opened = gradients + (start * C.Size);
            if (C.Size != sizeof(float))
            {
                Tile<V, C>.Open(tile, opened, count);
                opened = (byte*)tile;
            }

            if (scale != 1)
            {
                int whole = count - (count % V.Count);
                for (int i = 0; i < whole; i += V.Count)
                {
                    V.Store((byte*)(tile + i), unscaling.Unscale(V.Load(opened + (i * sizeof(float)))));
                }

                V rest = V.LoadPartial(opened + (whole * sizeof(float)), count - whole);
                V.Store((byte*)(tile + whole), unscaling.Unscale(rest));
                opened = (byte*)tile;
            }

            LaneSums.AddSquares<D>(ref sums, (float*)opened, count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long CountNonFinite(byte* gradients, int length, float scale)
    {
        var unscaling = new GradientUnscaling<V>(scale);
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
            count += V.CountEqual(unscaling.Unscale(first) & exponent, exponent);
            count += V.CountEqual(unscaling.Unscale(second) & exponent, exponent);
        }

        return count;
    }
}

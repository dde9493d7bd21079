using System.Runtime.CompilerServices;
using FastAdam.Codecs;
using FastAdam.Isa;

namespace FastAdam.Kernels;

/// <summary>
/// A sum of squares in an order that depends on nothing but the elements' numbers, so with the same bits on every instruction
/// set and for any number of threads: element i of a block goes to sum i mod 32, and the 32 sums are added as a tree.
/// </summary>
internal unsafe struct LaneSums
{
    /// <summary>Elements in a block, the piece of an array that is summed on its own.</summary>
    public const int BlockLength = 1 << 14;

    private const int Count = 32;

    // Elements that are gone over once for each part of the sums that fits into registers, so that they come from the cache.
    private const int StripeLength = 1024;

    private fixed double _sums[Count];

    /// <summary>Adds the squares of elements, each divided by <paramref name="divisor"/> first.</summary>
    /// <param name="sums">The sums of the block.</param>
    /// <param name="elements">From an element whose number is a multiple of 32 on.</param>
    /// <param name="length">How many.</param>
    /// <param name="divisor">1 where they are to stay as they are.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddSquares<V, D, C>(ref LaneSums sums, byte* elements, int length, float divisor)
        where V : unmanaged, IVector<V>
        where D : unmanaged, ISquareSums<D, V>
        where C : ICodec
    {
        fixed (double* lanes = sums._sums)
        {
            int whole = length - (length % Count);
            for (int stripe = 0; stripe < whole; stripe += StripeLength)
            {
                AddStripe<V, D, C>(lanes, elements + (stripe * C.Size), int.Min(StripeLength, whole - stripe), divisor);
            }

            if (whole < length)
            {
                byte* rest = stackalloc byte[Count * sizeof(float)];
                new Span<byte>(rest, Count * sizeof(float)).Clear();
                Unsafe.CopyBlockUnaligned(rest, elements + (whole * C.Size), (uint)((length - whole) * C.Size));
                AddStripe<V, D, C>(lanes, rest, Count, divisor);
            }
        }
    }

    /// <summary>The sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public double Total()
    {
        for (int half = Count / 2; half > 0; half /= 2)
        {
            for (int i = 0; i < half; i++)
            {
                _sums[i] += _sums[i + half];
            }
        }

        return _sums[0];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddStripe<V, D, C>(double* lanes, byte* elements, int length, float divisor)
        where V : unmanaged, IVector<V>
        where D : unmanaged, ISquareSums<D, V>
        where C : ICodec
    {
        int blockLength = 2 * V.Count;
        V divisors = V.Broadcast(divisor);
        for (int part = 0; part < Count; part += blockLength)
        {
            D sums = D.Load(lanes + part);
            for (int i = part; i < length; i += Count)
            {
                C.Load(elements + (i * C.Size), inOrder: true, out V first, out V second);
                if (divisor != 1)
                {
                    first /= divisors;
                    second /= divisors;
                }

                sums = D.Add(sums, first, second);
            }

            D.Store(lanes + part, sums);
        }
    }
}

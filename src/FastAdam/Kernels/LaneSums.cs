using System.Runtime.CompilerServices;
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

    private fixed double _sums[ISquareSums.Count];

    /// <summary>Adds the squares of elements.</summary>
    /// <param name="sums">The sums of the block.</param>
    /// <param name="elements">From an element whose number is a multiple of 32 on.</param>
    /// <param name="length">How many.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddSquares<D>(ref LaneSums sums, float* elements, int length)
        where D : ISquareSums
    {
        fixed (double* lanes = sums._sums)
        {
            int rest = length % ISquareSums.Count;
            D.Add(lanes, elements, length - rest);
            if (rest > 0)
            {
                float* last = stackalloc float[ISquareSums.Count];
                new Span<float>(last, ISquareSums.Count).Clear();
                Unsafe.CopyBlockUnaligned(last, elements + length - rest, (uint)rest * sizeof(float));
                D.Add(lanes, last, ISquareSums.Count);
            }
        }
    }

    /// <summary>The sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public double Total()
    {
        for (int half = ISquareSums.Count / 2; half > 0; half /= 2)
        {
            for (int i = 0; i < half; i++)
            {
                _sums[i] += _sums[i + half];
            }
        }

        return _sums[0];
    }
}

using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FastAdam.Convergence.Transformers;

/// <summary>Products of matrices in single precision. All are stored row by row, one row right after the other.</summary>
internal static class Matrix
{
    // So many sums are in registers at once: four rows of two vectors.
    private const int TileRows = 4;
    private const int TileVectors = 2;

    /// <summary>left [rows, inner] times right [inner, columns], added to the result or stored in its place.</summary>
    public static void Multiply(
        ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> result, int rows, int inner, int columns, bool adds = false) =>
        Multiply(left, inner, 1, right, result, rows, inner, columns, adds);

    /// <summary>The transpose of left [inner, rows] times right [inner, columns], added to the result or stored in its place.</summary>
    public static void MultiplyTransposed(
        ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> result, int rows, int inner, int columns, bool adds = false) =>
        Multiply(left, 1, rows, right, result, rows, inner, columns, adds);

    public static void Transpose(ReadOnlySpan<float> source, Span<float> destination, int rows, int columns)
    {
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                destination[(column * rows) + row] = source[(row * columns) + column];
            }
        }
    }

    private static void Multiply(
        ReadOnlySpan<float> left,
        int rowStride,
        int innerStride,
        ReadOnlySpan<float> right,
        Span<float> result,
        int rows,
        int inner,
        int columns,
        bool adds)
    {
        // The tiles read and write by references, without a look at the lengths.
        ArgumentOutOfRangeException.ThrowIfLessThan(left.Length, rows * inner, nameof(left));
        ArgumentOutOfRangeException.ThrowIfLessThan(right.Length, inner * columns, nameof(right));
        ArgumentOutOfRangeException.ThrowIfLessThan(result.Length, rows * columns, nameof(result));
        if (!adds)
        {
            result[..(rows * columns)].Clear();
        }

        if (inner == 0)
        {
            return;
        }

        int tileColumns = TileVectors * Vector<float>.Count;
        int column = 0;
        for (; column + tileColumns <= columns; column += tileColumns)
        {
            int row = 0;
            for (; row + TileRows <= rows; row += TileRows)
            {
                AddTile(
                    ref Unsafe.Add(ref MemoryMarshal.GetReference(left), row * rowStride),
                    rowStride,
                    innerStride,
                    ref Unsafe.Add(ref MemoryMarshal.GetReference(right), column),
                    ref Unsafe.Add(ref MemoryMarshal.GetReference(result), (row * columns) + column),
                    inner,
                    columns);
            }

            AddRest(left, rowStride, innerStride, right, result, row..rows, inner, column..(column + tileColumns), columns);
        }

        AddRest(left, rowStride, innerStride, right, result, 0..rows, inner, column..columns, columns);
    }

    private static void AddTile(
        ref float left, int rowStride, int innerStride, ref float right, ref float result, int inner, int columns)
    {
        Vector<float> sum00 = default, sum01 = default, sum10 = default, sum11 = default;
        Vector<float> sum20 = default, sum21 = default, sum30 = default, sum31 = default;
        for (int i = 0; i < inner; i++)
        {
            ref float number = ref Unsafe.Add(ref left, i * innerStride);
            ref float vectors = ref Unsafe.Add(ref right, i * columns);
            Vector<float> right0 = Vector.LoadUnsafe(ref vectors);
            Vector<float> right1 = Vector.LoadUnsafe(ref vectors, (nuint)Vector<float>.Count);

            var left0 = new Vector<float>(number);
            sum00 = Vector.FusedMultiplyAdd(left0, right0, sum00);
            sum01 = Vector.FusedMultiplyAdd(left0, right1, sum01);
            var left1 = new Vector<float>(Unsafe.Add(ref number, rowStride));
            sum10 = Vector.FusedMultiplyAdd(left1, right0, sum10);
            sum11 = Vector.FusedMultiplyAdd(left1, right1, sum11);
            var left2 = new Vector<float>(Unsafe.Add(ref number, 2 * rowStride));
            sum20 = Vector.FusedMultiplyAdd(left2, right0, sum20);
            sum21 = Vector.FusedMultiplyAdd(left2, right1, sum21);
            var left3 = new Vector<float>(Unsafe.Add(ref number, 3 * rowStride));
            sum30 = Vector.FusedMultiplyAdd(left3, right0, sum30);
            sum31 = Vector.FusedMultiplyAdd(left3, right1, sum31);
        }

        Add(ref result, sum00, sum01);
        Add(ref Unsafe.Add(ref result, columns), sum10, sum11);
        Add(ref Unsafe.Add(ref result, 2 * columns), sum20, sum21);
        Add(ref Unsafe.Add(ref result, 3 * columns), sum30, sum31);
    }

    private static void Add(ref float result, Vector<float> sum0, Vector<float> sum1)
    {
        (Vector.LoadUnsafe(ref result) + sum0).StoreUnsafe(ref result);
        (Vector.LoadUnsafe(ref result, (nuint)Vector<float>.Count) + sum1).StoreUnsafe(ref result, (nuint)Vector<float>.Count);
    }

    private static void AddRest(
        ReadOnlySpan<float> left,
        int rowStride,
        int innerStride,
        ReadOnlySpan<float> right,
        Span<float> result,
        Range rowRange,
        int inner,
        Range columnRange,
        int columns)
    {
        for (int row = rowRange.Start.Value; row < rowRange.End.Value; row++)
        {
            for (int column = columnRange.Start.Value; column < columnRange.End.Value; column++)
            {
                float sum = 0;
                for (int i = 0; i < inner; i++)
                {
                    sum += left[(row * rowStride) + (i * innerStride)] * right[(i * columns) + column];
                }

                result[(row * columns) + column] += sum;
            }
        }
    }
}

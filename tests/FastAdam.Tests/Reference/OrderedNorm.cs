namespace FastAdam.Tests.Reference;

/// <summary>
/// The norm of src/NUMERICS.md, in its order of additions: within a block of an array element i goes to sum i mod 32, these are
/// added as a tree, and the blocks one after the other. It shares no code with the library.
/// </summary>
internal static class OrderedNorm
{
    private const int BlockLength = 16_384;
    private const int Sums = 32;

    public static double Of(IEnumerable<float[]> arrays) =>
        Math.Sqrt(arrays.SelectMany(array => array.Chunk(BlockLength)).Aggregate(0.0, (total, block) => total + SquareSum(block)));

    private static double SquareSum(float[] block)
    {
        double[] sums = new double[Sums];
        for (int i = 0; i < block.Length; i++)
        {
            sums[i % Sums] += (double)block[i] * block[i];
        }

        while (sums.Length > 1)
        {
            int half = sums.Length / 2;
            sums = [.. sums.Take(half).Zip(sums.Skip(half), (low, high) => low + high)];
        }

        return sums[0];
    }
}

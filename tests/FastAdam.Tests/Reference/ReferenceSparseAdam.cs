using FastAdam.Kernels;
using FastAdam.Tests.Support;

namespace FastAdam.Tests.Reference;

/// <summary>The documented formula of SparseAdam, row by row, in plain single precision. It shares no code with the library.</summary>
internal static class ReferenceSparseAdam
{
    /// <param name="key">The storage types.</param>
    /// <param name="tables">The tables, which change.</param>
    /// <param name="rowLength">Elements in a row.</param>
    /// <param name="indices">The rows that have gradients.</param>
    /// <param name="gradients">Their gradients, as they are stored.</param>
    /// <param name="step">The number of the step.</param>
    /// <param name="options">The hyperparameters.</param>
    /// <param name="coefficient">Of clipping by norm.</param>
    public static void Step(
        in KernelKey key,
        TestArrays tables,
        int rowLength,
        long[] indices,
        byte[] gradients,
        long step,
        AdamOptions options,
        float coefficient = 1)
    {
        float stepSize = -(float)(options.LearningRate / (1 - Math.Pow(options.Beta1, step)) * Math.Sqrt(1 - Math.Pow(options.Beta2, step)));
        foreach (long row in indices.Distinct())
        {
            float[] sums = Sum(key, rowLength, indices, gradients, row);
            for (int column = 0; column < rowLength; column++)
            {
                float g = sums[column] / (float)options.GradientScale * coefficient * (options.Maximize ? -1 : 1);
                int i = ((int)row * rowLength) + column;
                float m = Storage.Read(tables.Array(2), key.First, i);
                float v = Storage.Read(tables.Array(3), key.Second, i);
                m = MathF.FusedMultiplyAdd((float)(1 - options.Beta1), g - m, m);
                v = MathF.FusedMultiplyAdd((float)(1 - options.Beta2) * g, g, (float)options.Beta2 * v);
                float p = Storage.Read(tables.Array(0), key.Parameters, i) + (stepSize * m / (MathF.Sqrt(v) + (float)options.Epsilon));
                Storage.Write(tables.Array(0), key.Parameters, i, p);
                Storage.Write(tables.Array(2), key.First, i, Flushed(m));
                Storage.Write(tables.Array(3), key.Second, i, Flushed(v));
            }
        }
    }

    /// <summary>What the gradients of a row add up to, in the order in which they stand.</summary>
    public static float[] Sum(KernelKey key, int rowLength, long[] indices, byte[] gradients, long row)
    {
        float[]? sums = null;
        for (int place = 0; place < indices.Length; place++)
        {
            if (indices[place] == row)
            {
                float[] read = [.. Enumerable.Range(place * rowLength, rowLength).Select(i => Storage.Read(gradients, key.Gradients, i))];
                sums = sums is null ? read : [.. sums.Zip(read, (sum, each) => sum + each)];
            }
        }

        return sums!;
    }

    private static float Flushed(float moment) => MathF.Abs(moment) < 1.17549435e-38f ? MathF.CopySign(0, moment) : moment;
}

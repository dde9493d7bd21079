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
    /// <param name="group">The hyperparameters.</param>
    /// <param name="coefficient">Of clipping by norm.</param>
    public static void Step(
        in KernelKey key,
        TestArrays tables,
        int rowLength,
        long[] indices,
        byte[] gradients,
        long step,
        ParameterGroup group,
        double coefficient = 1)
    {
        double corrected = group.LearningRate / (1 - Math.Pow(group.Beta1, step)) * Math.Sqrt(1 - Math.Pow(group.Beta2, step));
        float stepSize = -(float)corrected;
        foreach (long row in indices.Distinct())
        {
            float[] sums = Sum(key, rowLength, indices, gradients, row);
            for (int column = 0; column < rowLength; column++)
            {
                float g = sums[column] / (float)group.GradientScale * (float)coefficient * (group.Maximize ? -1 : 1);
                int i = ((int)row * rowLength) + column;
                float m = Storage.Read(tables.Array(ArrayRole.FirstState), key.Types[ArrayRole.FirstState], i);
                float v = Storage.Read(tables.Array(ArrayRole.SecondState), key.Types[ArrayRole.SecondState], i);
                m = MathF.FusedMultiplyAdd((float)(1 - group.Beta1), g - m, m);
                v = MathF.FusedMultiplyAdd((float)(1 - group.Beta2) * g, g, (float)group.Beta2 * v);
                float p = Storage.Read(tables.Array(ArrayRole.Parameters), key.Types[ArrayRole.Parameters], i);
                p += stepSize * m / (MathF.Sqrt(v) + (float)group.Epsilon);
                Storage.Write(tables.Array(ArrayRole.Parameters), key.Types[ArrayRole.Parameters], i, p);
                Storage.Write(tables.Array(ArrayRole.FirstState), key.Types[ArrayRole.FirstState], i, Flushed(m));
                Storage.Write(tables.Array(ArrayRole.SecondState), key.Types[ArrayRole.SecondState], i, Flushed(v));
            }
        }
    }

    /// <summary>What the gradients of a row add up to, in the order in which they stand.</summary>
    public static float[] Sum(KernelKey key, int rowLength, long[] indices, byte[] gradients, long row)
    {
        float[]? sums = null;
        ElementType type = key.Types[ArrayRole.Gradients];
        for (int place = 0; place < indices.Length; place++)
        {
            if (indices[place] == row)
            {
                float[] read = [.. Enumerable.Range(place * rowLength, rowLength).Select(i => Storage.Read(gradients, type, i))];
                sums = sums is null ? read : [.. sums.Zip(read, (sum, each) => sum + each)];
            }
        }

        return sums!;
    }

    private static float Flushed(float moment) => MathF.Abs(moment) < 1.17549435e-38f ? MathF.CopySign(0, moment) : moment;
}

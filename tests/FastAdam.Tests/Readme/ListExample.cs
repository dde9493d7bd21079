namespace FastAdam.Tests.Readme;

/// <summary>The README's third example: as <see cref="QuickStart"/>.</summary>
internal static unsafe class ListExample
{
    public static (float First, float Second, float Used, float Unused) Run()
    {
        // <readme>
        // Two weights in bfloat16 of a group each, and an embedding of which two rows were used.
        using var weights = new AlignedBuffer<BFloat16>(2 * 1000);
        using var gradients = new AlignedBuffer<BFloat16>(2 * 1000);
        using var moments = new AlignedBuffer<float>(4 * 1000); // zeros
        gradients.Span.Fill((BFloat16)0.5f);
        OptimizerTensor[] tensors =
        [
            OptimizerTensor.Create(1000, weights.Pointer, gradients.Pointer, moments.Pointer, moments.Pointer + 1000),
            OptimizerTensor.Create(
                1000, weights.Pointer + 1000, gradients.Pointer + 1000, moments.Pointer + 2000, moments.Pointer + 3000) with { Group = 1 },
        ];
        ParameterGroup[] groups = [ParameterGroup.AdamW, ParameterGroup.AdamW with { WeightDecay = 0, LearningRate = 0.01 }];
        Optimizer.Step(tensors, groups, step: 1, new StepOptions { MaxGradientNorm = 1 });

        using var table = new AlignedBuffer<float>(3 * 100 * 16); // 100 rows of 16: parameters and both moments
        using var rowGradients = new AlignedBuffer<float>(2 * 16);
        using var rows = new AlignedBuffer<long>(2);
        rowGradients.Span.Fill(1);
        (rows.Span[0], rows.Span[1]) = (7, 42);
        SparseTable embedding = SparseTable.Create(
            100, 16, table.Pointer, table.Pointer + 1600, table.Pointer + 3200, rows.Pointer, rowGradients.Pointer, 2);
        SparseAdam.Step([embedding], [ParameterGroup.Adam], step: 1);

        Console.WriteLine($"{weights.Span[0]} {weights.Span[1000]} {table.Span[7 * 16]} {table.Span[8 * 16]}");
        // </readme>
        return ((float)weights.Span[0], (float)weights.Span[1000], table.Span[7 * 16], table.Span[8 * 16]);
    }
}

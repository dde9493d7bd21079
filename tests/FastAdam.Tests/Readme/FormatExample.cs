namespace FastAdam.Tests.Readme;

/// <summary>The README's fourth example: as <see cref="QuickStart"/>.</summary>
internal static unsafe class FormatExample
{
    public static (float First, float Second, float Joined) Run()
    {
        // <readme>
        // 8192 parameters of 6 bytes with their moments, where single precision takes 12: bfloat16 that a model uses, the 16 bits that
        // make it a float again, and two moments of 8 bits, with a scale for each 128.
        const int N = 8192;
        using var weights = new AlignedBuffer<BFloat16>(N);
        using var lowerBits = new AlignedBuffer<ushort>(N);
        using var gradients = new AlignedBuffer<BFloat16>(N);
        using var moments = new AlignedBuffer<byte>(2 * N);
        using var scales = new AlignedBuffer<float>(2 * N / 128);
        TensorArray parameters = TensorArray.Split(weights.Pointer, lowerBits.Pointer);
        parameters.Encode(Enumerable.Repeat(0.1f, N).ToArray());
        gradients.Span.Fill((BFloat16)0.5f);

        OptimizerTensor tensor = OptimizerTensor.Create(
            N,
            parameters,
            gradients.Pointer,
            TensorArray.Block8(moments.Pointer, scales.Pointer),
            TensorArray.Block8(moments.Pointer + N, scales.Pointer + (N / 128)));
        Optimizer.Step([tensor], [ParameterGroup.AdamW with { LearningRate = 1e-5 }], step: 1);

        float[] joined = new float[N];
        parameters.Decode(joined);
        Console.WriteLine($"{weights.Span[0]} with its lower bits is {joined[0]}");
        // </readme>
        return ((float)weights.Span[0], (float)weights.Span[N - 1], joined[0]);
    }
}

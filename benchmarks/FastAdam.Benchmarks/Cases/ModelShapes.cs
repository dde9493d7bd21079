namespace FastAdam.Benchmarks.Cases;

/// <summary>How many elements the parameters of well-known models have, in the order in which PyTorch lists them.</summary>
internal static class ModelShapes
{
    /// <summary>GPT-2 small (A. Radford et al., 2019), with the output layer tied to the embedding: 148 tensors.</summary>
    public static IReadOnlyList<long> Gpt2 { get; } = Checked([.. Gpt2Lengths()], 148, 124_439_808);

    /// <summary>ResNet-50 (K. He et al., 2015) for 1000 classes, as torchvision has it: 161 tensors.</summary>
    public static IReadOnlyList<long> ResNet50 { get; } = Checked(ResNet50Lengths(), 161, 25_557_032);

    /// <summary>The transformer that FastAdam.PyTorch trains: 51 tensors.</summary>
    public static IReadOnlyList<long> Transformer { get; } = Checked([.. TransformerLengths()], 51, 4_215_808);

    private static IEnumerable<long> TransformerLengths()
    {
        const int Vocabulary = 2048;
        const int Places = 32;
        const int Width = 256;
        const int Layers = 4;

        yield return Vocabulary * Width;
        yield return Places * Width;
        for (int layer = 0; layer < Layers; layer++)
        {
            long[] block =
            [
                3 * Width * Width, 3 * Width, // queries, keys and values
                Width * Width, Width, // attention's output
                4 * Width * Width, 4 * Width, // feed forward
                4 * Width * Width, Width,
                Width, Width, Width, Width, // layer norms
            ];
            foreach (long length in block)
            {
                yield return length;
            }
        }

        yield return Width * Vocabulary;
    }

    private static IEnumerable<long> Gpt2Lengths()
    {
        const int Vocabulary = 50257;
        const int Positions = 1024;
        const int Width = 768;
        const int Layers = 12;

        yield return Vocabulary * Width;
        yield return Positions * Width;
        for (int layer = 0; layer < Layers; layer++)
        {
            long[] block =
            [
                Width, Width, // layer norm
                Width * 3 * Width, 3 * Width, // queries, keys and values
                Width * Width, Width, // attention's output
                Width, Width, // layer norm
                Width * 4 * Width, 4 * Width, // feed forward
                4 * Width * Width, Width,
            ];
            foreach (long length in block)
            {
                yield return length;
            }
        }

        yield return Width; // layer norm
        yield return Width;
    }

    private static List<long> ResNet50Lengths()
    {
        const int Stem = 64;
        const int Expansion = 4;
        const int Classes = 1000;
        int[] blocks = [3, 4, 6, 3];

        List<long> lengths = [];
        Convolution(3, Stem, 7);
        int channels = Stem;
        for (int stage = 0; stage < blocks.Length; stage++)
        {
            int width = Stem << stage;
            for (int block = 0; block < blocks[stage]; block++)
            {
                Convolution(channels, width, 1);
                Convolution(width, width, 3);
                Convolution(width, Expansion * width, 1);
                if (block == 0)
                {
                    Convolution(channels, Expansion * width, 1); // the shortcut
                }

                channels = Expansion * width;
            }
        }

        lengths.Add(channels * Classes);
        lengths.Add(Classes);
        return lengths;

        // Without a bias, followed by the weight and bias of a batch norm.
        void Convolution(int input, int output, int kernel) =>
            lengths.AddRange([(long)input * output * kernel * kernel, output, output]);
    }

    private static List<long> Checked(List<long> lengths, int tensors, long elements) =>
        lengths.Count == tensors && lengths.Sum() == elements
            ? lengths
            : throw new InvalidOperationException(
                $"{lengths.Count} tensors with {lengths.Sum()} elements, not {tensors} with {elements}.");
}

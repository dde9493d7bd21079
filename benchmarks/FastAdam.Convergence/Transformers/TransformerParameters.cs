namespace FastAdam.Convergence.Transformers;

/// <summary>Where a <see cref="Transformer"/>'s tensors are in a flat array, one after the other. Weights are [inputs, outputs].</summary>
internal sealed class TransformerParameters
{
    private readonly TransformerShape _shape;
    private readonly List<int> _lengths = [];

    public TransformerParameters(TransformerShape shape)
    {
        _shape = shape;
        int width = shape.Width;
        TokenEmbedding = Add(shape.Vocabulary * width);
        PositionEmbedding = Add(shape.Context * width);
        Layers =
        [
            .. Enumerable.Range(0, shape.Layers).Select(_ => new Layer(
                Add(width),
                Add(width),
                Add(width * 3 * width),
                Add(width * width),
                Add(width),
                Add(width),
                Add(width * shape.HiddenWidth),
                Add(shape.HiddenWidth * width))),
        ];
        FinalGain = Add(width);
        FinalBias = Add(width);
        Output = Add(width * shape.Vocabulary);
    }

    public IReadOnlyList<int> Lengths => _lengths;

    public Range TokenEmbedding { get; }

    public Range PositionEmbedding { get; }

    public IReadOnlyList<Layer> Layers { get; }

    public Range FinalGain { get; }

    public Range FinalBias { get; }

    public Range Output { get; }

    /// <summary>
    /// Weights are uniform within 1 / sqrt(inputs), embeddings within the same bound as those of their width, gains are 1, biases 0.
    /// </summary>
    public float[] Initial(Random random)
    {
        float[] parameters = new float[_lengths.Sum()];
        Fill(TokenEmbedding, _shape.Width);
        Fill(PositionEmbedding, _shape.Width);
        foreach (Layer layer in Layers)
        {
            parameters.AsSpan(layer.AttentionGain).Fill(1);
            Fill(layer.Projection, _shape.Width);
            Fill(layer.AttentionOutput, _shape.Width);
            parameters.AsSpan(layer.PerceptronGain).Fill(1);
            Fill(layer.Up, _shape.Width);
            Fill(layer.Down, _shape.HiddenWidth);
        }

        parameters.AsSpan(FinalGain).Fill(1);
        Fill(Output, _shape.Width);
        return parameters;

        void Fill(Range range, int inputs)
        {
            float bound = 1 / MathF.Sqrt(inputs);
            foreach (ref float weight in parameters.AsSpan(range))
            {
                weight = bound * ((2 * random.NextSingle()) - 1);
            }
        }
    }

    private Range Add(int length)
    {
        int start = _lengths.Sum();
        _lengths.Add(length);
        return start..(start + length);
    }

    /// <summary>The tensors of one layer.</summary>
    /// <param name="AttentionGain">Of the normalization before the attention.</param>
    /// <param name="AttentionBias">Of the same.</param>
    /// <param name="Projection">To queries, keys and values.</param>
    /// <param name="AttentionOutput">From the attention.</param>
    /// <param name="PerceptronGain">Of the normalization before the perceptron.</param>
    /// <param name="PerceptronBias">Of the same.</param>
    /// <param name="Up">To the perceptron's units.</param>
    /// <param name="Down">From them.</param>
    internal sealed record Layer(
        Range AttentionGain,
        Range AttentionBias,
        Range Projection,
        Range AttentionOutput,
        Range PerceptronGain,
        Range PerceptronBias,
        Range Up,
        Range Down);
}

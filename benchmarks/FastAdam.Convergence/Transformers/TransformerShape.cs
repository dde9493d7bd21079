namespace FastAdam.Convergence.Transformers;

/// <summary>The sizes of a <see cref="Transformer"/>.</summary>
/// <param name="Vocabulary">How many different tokens there are.</param>
/// <param name="Context">Tokens of a sequence.</param>
/// <param name="Batch">Sequences of a mini-batch.</param>
/// <param name="Width">Numbers for each token between the layers.</param>
/// <param name="Heads">Heads of the attention, which share the width.</param>
/// <param name="Layers">Layers, each of attention and a perceptron.</param>
internal sealed record TransformerShape(int Vocabulary, int Context, int Batch, int Width, int Heads, int Layers)
{
    /// <summary>Units of the perceptron in each layer.</summary>
    public int HiddenWidth => 4 * Width;

    public int HeadWidth => Width / Heads;

    /// <summary>Tokens of a mini-batch.</summary>
    public int Tokens => Batch * Context;
}

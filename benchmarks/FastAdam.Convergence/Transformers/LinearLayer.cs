namespace FastAdam.Convergence.Transformers;

/// <summary>A product with weights [inputs, outputs], forward and back.</summary>
internal sealed class LinearLayer(int rows, int inputs, int outputs)
{
    private readonly float[] _transposed = new float[inputs * outputs];

    public void Forward(ReadOnlySpan<float> weights, ReadOnlySpan<float> input, Span<float> output) =>
        Matrix.Multiply(input, weights, output, rows, inputs, outputs);

    /// <summary>Adds to the gradients, and writes the errors of the input.</summary>
    public void Backward(
        ReadOnlySpan<float> weights,
        ReadOnlySpan<float> input,
        ReadOnlySpan<float> outputErrors,
        Span<float> inputErrors,
        Span<float> gradients)
    {
        Matrix.MultiplyTransposed(input, outputErrors, gradients, inputs, rows, outputs, adds: true);
        Matrix.Transpose(weights, _transposed, inputs, outputs);
        Matrix.Multiply(outputErrors, _transposed, inputErrors, rows, outputs, inputs);
    }
}

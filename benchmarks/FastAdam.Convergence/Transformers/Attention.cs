using System.Numerics.Tensors;

namespace FastAdam.Convergence.Transformers;

/// <summary>
/// Causal attention, without its projections: each token's rows of queries, keys and values stand side by side. It remembers what the
/// way back needs.
/// </summary>
internal sealed class Attention(TransformerShape shape)
{
    private readonly float[] _weights = new float[shape.Batch * shape.Heads * shape.Context * shape.Context];
    private readonly float[] _weightErrors = new float[shape.Context];
    private readonly float _scale = 1 / MathF.Sqrt(shape.HeadWidth);

    /// <param name="projected">Queries, keys and values, shape [tokens, 3 * width].</param>
    /// <param name="output">Shape [tokens, width].</param>
    public void Forward(ReadOnlySpan<float> projected, Span<float> output)
    {
        output.Clear();
        for (int sequence = 0; sequence < shape.Batch; sequence++)
        {
            for (int head = 0; head < shape.Heads; head++)
            {
                for (int token = 0; token < shape.Context; token++)
                {
                    ReadOnlySpan<float> query = projected.Slice(Row(sequence, token, head, 0), shape.HeadWidth);
                    Span<float> weights = Weights(sequence, head, token);
                    for (int earlier = 0; earlier <= token; earlier++)
                    {
                        ReadOnlySpan<float> key = projected.Slice(Row(sequence, earlier, head, 1), shape.HeadWidth);
                        weights[earlier] = _scale * TensorPrimitives.Dot(query, key);
                    }

                    // Scores below zero cannot overflow their exponentials.
                    TensorPrimitives.Subtract(weights, TensorPrimitives.Max<float>(weights), weights);
                    TensorPrimitives.SoftMax(weights, weights);
                    Span<float> sum = output.Slice(OutputRow(sequence, token, head), shape.HeadWidth);
                    for (int earlier = 0; earlier <= token; earlier++)
                    {
                        ReadOnlySpan<float> value = projected.Slice(Row(sequence, earlier, head, 2), shape.HeadWidth);
                        TensorPrimitives.MultiplyAdd(value, weights[earlier], sum, sum);
                    }
                }
            }
        }
    }

    /// <param name="projected">As <see cref="Forward"/> had it.</param>
    /// <param name="outputErrors">Shape [tokens, width].</param>
    /// <param name="projectedErrors">Written: shape [tokens, 3 * width].</param>
    public void Backward(ReadOnlySpan<float> projected, ReadOnlySpan<float> outputErrors, Span<float> projectedErrors)
    {
        projectedErrors.Clear();
        for (int sequence = 0; sequence < shape.Batch; sequence++)
        {
            for (int head = 0; head < shape.Heads; head++)
            {
                for (int token = 0; token < shape.Context; token++)
                {
                    ReadOnlySpan<float> outputError = outputErrors.Slice(OutputRow(sequence, token, head), shape.HeadWidth);
                    Span<float> weights = Weights(sequence, head, token);
                    Span<float> weightErrors = _weightErrors.AsSpan(0, token + 1);
                    for (int earlier = 0; earlier <= token; earlier++)
                    {
                        int value = Row(sequence, earlier, head, 2);
                        weightErrors[earlier] = TensorPrimitives.Dot(outputError, projected.Slice(value, shape.HeadWidth));
                        Span<float> valueError = projectedErrors.Slice(value, shape.HeadWidth);
                        TensorPrimitives.MultiplyAdd(outputError, weights[earlier], valueError, valueError);
                    }

                    // Through the softmax, to the scores.
                    TensorPrimitives.Subtract(weightErrors, TensorPrimitives.Dot<float>(weightErrors, weights), weightErrors);
                    TensorPrimitives.Multiply(weightErrors, weights, weightErrors);
                    TensorPrimitives.Multiply(weightErrors, _scale, weightErrors);

                    int query = Row(sequence, token, head, 0);
                    Span<float> queryError = projectedErrors.Slice(query, shape.HeadWidth);
                    for (int earlier = 0; earlier <= token; earlier++)
                    {
                        int key = Row(sequence, earlier, head, 1);
                        float error = weightErrors[earlier];
                        TensorPrimitives.MultiplyAdd(projected.Slice(key, shape.HeadWidth), error, queryError, queryError);
                        Span<float> keyError = projectedErrors.Slice(key, shape.HeadWidth);
                        TensorPrimitives.MultiplyAdd(projected.Slice(query, shape.HeadWidth), error, keyError, keyError);
                    }
                }
            }
        }
    }

    /// <summary>The token's weights of itself and the tokens before it.</summary>
    private Span<float> Weights(int sequence, int head, int token) =>
        _weights.AsSpan(((((sequence * shape.Heads) + head) * shape.Context) + token) * shape.Context, token + 1);

    /// <summary>Where a query (part 0), a key (1) or a value (2) starts.</summary>
    private int Row(int sequence, int token, int head, int part) =>
        (((((sequence * shape.Context) + token) * 3) + part) * shape.Width) + (head * shape.HeadWidth);

    private int OutputRow(int sequence, int token, int head) =>
        (((sequence * shape.Context) + token) * shape.Width) + (head * shape.HeadWidth);
}

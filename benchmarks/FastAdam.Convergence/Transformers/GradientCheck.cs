using System.Globalization;
using System.Numerics.Tensors;

namespace FastAdam.Convergence.Transformers;

/// <summary>
/// Compares the gradients of a tiny <see cref="Transformer"/> with finite differences: the slope of the loss along random directions in
/// each of its tensors.
/// </summary>
internal static class GradientCheck
{
    private const int Directions = 8;
    private const double Distance = 0.02;

    // Differences of two losses in single precision are exact to about 1e-6, and their slopes to 1e-4 or better.
    private const double LargestDifference = 5e-4;

    private static readonly TransformerShape _shape = new(Vocabulary: 19, Context: 5, Batch: 3, Width: 8, Heads: 2, Layers: 2);

    /// <returns>A message for each tensor whose gradients are wrong.</returns>
    public static IEnumerable<string> Faults()
    {
        var random = new Random(1);
        var transformer = new Transformer(_shape);
        float[] parameters = transformer.Parameters.Initial(random);

        // Larger than in training, so that no part of the network is next to linear, and gains and biases are no special values.
        foreach (ref float parameter in parameters.AsSpan())
        {
            parameter += random.NextSingle() - 0.5f;
        }

        int[] tokens = [.. Enumerable.Range(0, _shape.Tokens).Select(_ => random.Next(_shape.Vocabulary))];
        int[] next = [.. Enumerable.Range(0, _shape.Tokens).Select(_ => random.Next(_shape.Vocabulary))];
        float[] gradients = new float[parameters.Length];
        transformer.Backpropagate(parameters, tokens, next, gradients);

        int start = 0;
        foreach ((int tensor, int length) in transformer.Parameters.Lengths.Index())
        {
            for (int i = 0; i < Directions; i++)
            {
                float[] direction = [.. Enumerable.Range(0, length).Select(_ => random.NextSingle() - 0.5f)];
                TensorPrimitives.Divide(direction, TensorPrimitives.Norm<float>(direction), direction);
                double slope = TensorPrimitives.Dot<float>(direction, gradients.AsSpan(start, length));
                double difference = (LossAt(start, direction, Distance) - LossAt(start, direction, -Distance)) / (2 * Distance);
                if (!(Math.Abs(slope - difference) <= LargestDifference))
                {
                    yield return string.Create(
                        CultureInfo.InvariantCulture,
                        $"Tensor {tensor} of the transformer: the gradients' slope is {slope}, that of the loss {difference}.");
                }
            }

            start += length;
        }

        double LossAt(int at, float[] direction, double distance)
        {
            float[] moved = [.. parameters];
            Span<float> part = moved.AsSpan(at, direction.Length);
            TensorPrimitives.MultiplyAdd(direction, (float)distance, part, part);
            return transformer.Loss(moved, tokens, next);
        }
    }
}

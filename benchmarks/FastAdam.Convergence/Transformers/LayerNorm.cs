using System.Numerics.Tensors;

namespace FastAdam.Convergence.Transformers;

/// <summary>Layer normalization of rows, with a gain and a bias for each column. It remembers what the way back needs.</summary>
internal sealed class LayerNorm(int rows, int width)
{
    private const float Epsilon = 1e-5f;

    private readonly float[] _normalized = new float[rows * width];
    private readonly float[] _factors = new float[rows];
    private readonly float[] _error = new float[width];

    public void Forward(ReadOnlySpan<float> gain, ReadOnlySpan<float> bias, ReadOnlySpan<float> input, Span<float> output)
    {
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<float> x = input.Slice(row * width, width);
            Span<float> normalized = _normalized.AsSpan(row * width, width);
            TensorPrimitives.Subtract(x, TensorPrimitives.Sum(x) / width, normalized);
            _factors[row] = 1 / MathF.Sqrt((TensorPrimitives.SumOfSquares<float>(normalized) / width) + Epsilon);
            TensorPrimitives.Multiply(normalized, _factors[row], normalized);
            TensorPrimitives.MultiplyAdd(normalized, gain, bias, output.Slice(row * width, width));
        }
    }

    /// <summary>Adds to the errors of the input and to the gradients.</summary>
    public void Backward(
        ReadOnlySpan<float> gain,
        ReadOnlySpan<float> outputErrors,
        Span<float> inputErrors,
        Span<float> gainGradients,
        Span<float> biasGradients)
    {
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<float> outputError = outputErrors.Slice(row * width, width);
            ReadOnlySpan<float> normalized = _normalized.AsSpan(row * width, width);
            TensorPrimitives.MultiplyAdd(outputError, normalized, gainGradients, gainGradients);
            TensorPrimitives.Add(biasGradients, outputError, biasGradients);

            // What is left of the error when its parts along 1 and along the normalized row are taken away.
            TensorPrimitives.Multiply(outputError, gain, _error);
            float mean = TensorPrimitives.Sum<float>(_error) / width;
            float along = TensorPrimitives.Dot(_error, normalized) / width;
            TensorPrimitives.MultiplyAdd(normalized, -along, _error, _error);
            TensorPrimitives.Subtract(_error, mean, _error);
            Span<float> inputError = inputErrors.Slice(row * width, width);
            TensorPrimitives.MultiplyAdd(_error, _factors[row], inputError, inputError);
        }
    }
}

using System.Numerics.Tensors;

namespace FastAdam.Convergence;

/// <summary>
/// A perceptron with one hidden layer of rectified linear units and a softmax output, in single precision. Its parameters and
/// gradients are flat arrays of the caller's: hidden weights, hidden biases, output weights, output biases; the weights of one
/// unit are one row.
/// </summary>
internal sealed class Network
{
    public const int ParameterCount = (HiddenUnits * Inputs) + HiddenUnits + (Outputs * HiddenUnits) + Outputs;

    private const int Inputs = DigitsDataSet.Pixels;
    private const int HiddenUnits = 128;
    private const int Outputs = DigitsDataSet.Classes;

    private const int HiddenBiases = HiddenUnits * Inputs;
    private const int OutputWeights = HiddenBiases + HiddenUnits;
    private const int OutputBiases = OutputWeights + (Outputs * HiddenUnits);

    /// <summary>How many parameters the four parts have, one after the other.</summary>
    public static readonly IReadOnlyList<int> TensorLengths =
        [HiddenBiases, OutputWeights - HiddenBiases, OutputBiases - OutputWeights, ParameterCount - OutputBiases];

    private readonly float[] _hidden = new float[HiddenUnits];
    private readonly float[] _hiddenError = new float[HiddenUnits];
    private readonly float[] _logits = new float[Outputs];
    private readonly float[] _outputError = new float[Outputs];

    /// <summary>Draws weights uniformly within He's bounds, sqrt(6 / inputs of the unit), and sets biases to zero.</summary>
    public static float[] InitialParameters(Random random)
    {
        float[] parameters = new float[ParameterCount];
        Fill(parameters.AsSpan(0, HiddenBiases), Inputs);
        Fill(parameters.AsSpan(OutputWeights, OutputBiases - OutputWeights), HiddenUnits);
        return parameters;

        void Fill(Span<float> weights, int inputs)
        {
            float bound = MathF.Sqrt(6f / inputs);
            foreach (ref float weight in weights)
            {
                weight = bound * ((2 * random.NextSingle()) - 1);
            }
        }
    }

    public int Classify(ReadOnlySpan<float> parameters, ReadOnlySpan<float> image)
    {
        Forward(parameters, image);
        return TensorPrimitives.IndexOfMax(_logits);
    }

    /// <summary>The cross-entropy of one image.</summary>
    public float Loss(ReadOnlySpan<float> parameters, ReadOnlySpan<float> image, int label)
    {
        Forward(parameters, image);
        TensorPrimitives.Subtract(_logits, TensorPrimitives.Max(_logits), _logits);
        TensorPrimitives.Exp(_logits, _outputError);
        return MathF.Log(TensorPrimitives.Sum(_outputError)) - _logits[label];
    }

    /// <summary>Adds the gradient of one image's cross-entropy, times a factor, to the gradients.</summary>
    /// <returns>The cross-entropy, without the factor.</returns>
    public float Backpropagate(
        ReadOnlySpan<float> parameters,
        ReadOnlySpan<float> image,
        int label,
        float factor,
        Span<float> gradients)
    {
        Forward(parameters, image);

        // Logits below zero cannot overflow their exponentials.
        TensorPrimitives.Subtract(_logits, TensorPrimitives.Max(_logits), _logits);
        float logit = _logits[label];
        TensorPrimitives.Exp(_logits, _outputError);
        float sum = TensorPrimitives.Sum(_outputError);
        TensorPrimitives.Divide(_outputError, sum, _outputError);
        _outputError[label] -= 1;
        TensorPrimitives.Multiply(_outputError, factor, _outputError);

        Array.Clear(_hiddenError);
        for (int unit = 0; unit < Outputs; unit++)
        {
            float error = _outputError[unit];
            int row = OutputWeights + (unit * HiddenUnits);
            TensorPrimitives.MultiplyAdd(parameters.Slice(row, HiddenUnits), error, _hiddenError, _hiddenError);
            AddScaled(_hidden, error, gradients.Slice(row, HiddenUnits));
        }

        AddScaled(_outputError, 1, gradients.Slice(OutputBiases, Outputs));

        for (int unit = 0; unit < HiddenUnits; unit++)
        {
            if (_hidden[unit] > 0)
            {
                float error = _hiddenError[unit];
                AddScaled(image, error, gradients.Slice(unit * Inputs, Inputs));
                gradients[HiddenBiases + unit] += error;
            }
        }

        return MathF.Log(sum) - logit;
    }

    private static void AddScaled(ReadOnlySpan<float> values, float factor, Span<float> sums) =>
        TensorPrimitives.MultiplyAdd(values, factor, sums, sums);

    private static void Multiply(ReadOnlySpan<float> weights, ReadOnlySpan<float> inputs, Span<float> outputs)
    {
        for (int unit = 0; unit < outputs.Length; unit++)
        {
            outputs[unit] = TensorPrimitives.Dot(weights.Slice(unit * inputs.Length, inputs.Length), inputs);
        }
    }

    private void Forward(ReadOnlySpan<float> parameters, ReadOnlySpan<float> image)
    {
        Multiply(parameters[..HiddenBiases], image, _hidden);
        TensorPrimitives.Add(_hidden, parameters.Slice(HiddenBiases, HiddenUnits), _hidden);
        TensorPrimitives.Max(_hidden, 0f, _hidden);

        Multiply(parameters[OutputWeights..OutputBiases], _hidden, _logits);
        TensorPrimitives.Add(_logits, parameters.Slice(OutputBiases, Outputs), _logits);
    }
}

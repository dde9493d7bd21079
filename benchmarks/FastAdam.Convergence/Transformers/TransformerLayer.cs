using System.Numerics.Tensors;

namespace FastAdam.Convergence.Transformers;

/// <summary>
/// One layer: attention, then a perceptron of units x * sigmoid(x), each behind a normalization and added to its input. It remembers what
/// the way back needs.
/// </summary>
internal sealed class TransformerLayer(TransformerShape shape, TransformerParameters.Layer tensors)
{
    private readonly LayerNorm _attentionNorm = new(shape.Tokens, shape.Width);
    private readonly LinearLayer _projection = new(shape.Tokens, shape.Width, 3 * shape.Width);
    private readonly Attention _attention = new(shape);
    private readonly LinearLayer _attentionOutput = new(shape.Tokens, shape.Width, shape.Width);
    private readonly LayerNorm _perceptronNorm = new(shape.Tokens, shape.Width);
    private readonly LinearLayer _up = new(shape.Tokens, shape.Width, shape.HiddenWidth);
    private readonly LinearLayer _down = new(shape.Tokens, shape.HiddenWidth, shape.Width);

    private readonly float[] _attentionInput = new float[shape.Tokens * shape.Width];
    private readonly float[] _projected = new float[shape.Tokens * 3 * shape.Width];
    private readonly float[] _attended = new float[shape.Tokens * shape.Width];
    private readonly float[] _perceptronInput = new float[shape.Tokens * shape.Width];
    private readonly float[] _hidden = new float[shape.Tokens * shape.HiddenWidth];
    private readonly float[] _sigmoid = new float[shape.Tokens * shape.HiddenWidth];
    private readonly float[] _activated = new float[shape.Tokens * shape.HiddenWidth];

    private readonly float[] _narrow = new float[shape.Tokens * shape.Width];
    private readonly float[] _projectedErrors = new float[shape.Tokens * 3 * shape.Width];
    private readonly float[] _hiddenErrors = new float[shape.Tokens * shape.HiddenWidth];

    /// <param name="parameters">All of the transformer's.</param>
    /// <param name="stream">Shape [tokens, width]: what this layer adds to.</param>
    public void Forward(ReadOnlySpan<float> parameters, Span<float> stream)
    {
        _attentionNorm.Forward(parameters[tensors.AttentionGain], parameters[tensors.AttentionBias], stream, _attentionInput);
        _projection.Forward(parameters[tensors.Projection], _attentionInput, _projected);
        _attention.Forward(_projected, _attended);
        _attentionOutput.Forward(parameters[tensors.AttentionOutput], _attended, _narrow);
        TensorPrimitives.Add(stream, _narrow, stream);

        _perceptronNorm.Forward(parameters[tensors.PerceptronGain], parameters[tensors.PerceptronBias], stream, _perceptronInput);
        _up.Forward(parameters[tensors.Up], _perceptronInput, _hidden);
        TensorPrimitives.Sigmoid(_hidden, _sigmoid);
        TensorPrimitives.Multiply(_hidden, _sigmoid, _activated);
        _down.Forward(parameters[tensors.Down], _activated, _narrow);
        TensorPrimitives.Add(stream, _narrow, stream);
    }

    /// <param name="parameters">As <see cref="Forward"/> had them.</param>
    /// <param name="errors">Shape [tokens, width]: those of the layer's output become those of its input.</param>
    /// <param name="gradients">All of the transformer's, which this layer adds to.</param>
    public void Backward(ReadOnlySpan<float> parameters, Span<float> errors, Span<float> gradients)
    {
        _down.Backward(parameters[tensors.Down], _activated, errors, _hiddenErrors, gradients[tensors.Down]);

        // The derivative of x s(x) is s + x s (1 - s), which is s + y (1 - s).
        for (int i = 0; i < _hiddenErrors.Length; i++)
        {
            _hiddenErrors[i] *= _sigmoid[i] + (_activated[i] * (1 - _sigmoid[i]));
        }

        _up.Backward(parameters[tensors.Up], _perceptronInput, _hiddenErrors, _narrow, gradients[tensors.Up]);
        _perceptronNorm.Backward(
            parameters[tensors.PerceptronGain],
            _narrow,
            errors,
            gradients[tensors.PerceptronGain],
            gradients[tensors.PerceptronBias]);

        _attentionOutput.Backward(
            parameters[tensors.AttentionOutput], _attended, errors, _narrow, gradients[tensors.AttentionOutput]);
        _attention.Backward(_projected, _narrow, _projectedErrors);
        _projection.Backward(
            parameters[tensors.Projection], _attentionInput, _projectedErrors, _narrow, gradients[tensors.Projection]);
        _attentionNorm.Backward(
            parameters[tensors.AttentionGain],
            _narrow,
            errors,
            gradients[tensors.AttentionGain],
            gradients[tensors.AttentionBias]);
    }
}

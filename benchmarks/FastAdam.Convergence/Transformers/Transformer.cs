using System.Numerics.Tensors;

namespace FastAdam.Convergence.Transformers;

/// <summary>
/// A small transformer that foretells the next token of a text, in single precision. Its parameters and gradients are flat arrays of the
/// caller's, as <see cref="TransformerParameters"/> says.
/// </summary>
internal sealed class Transformer
{
    private readonly TransformerShape _shape;
    private readonly TransformerLayer[] _layers;
    private readonly LayerNorm _finalNorm;
    private readonly LinearLayer _output;

    private readonly float[] _stream;
    private readonly float[] _final;
    private readonly float[] _logits;
    private readonly float[] _errors;
    private readonly float[] _finalErrors;

    public Transformer(TransformerShape shape)
    {
        _shape = shape;
        Parameters = new TransformerParameters(shape);
        _layers = [.. Parameters.Layers.Select(tensors => new TransformerLayer(shape, tensors))];
        _finalNorm = new LayerNorm(shape.Tokens, shape.Width);
        _output = new LinearLayer(shape.Tokens, shape.Width, shape.Vocabulary);
        _stream = new float[shape.Tokens * shape.Width];
        _final = new float[shape.Tokens * shape.Width];
        _logits = new float[shape.Tokens * shape.Vocabulary];
        _errors = new float[shape.Tokens * shape.Width];
        _finalErrors = new float[shape.Tokens * shape.Width];
    }

    public TransformerParameters Parameters { get; }

    /// <summary>The mean cross-entropy of the next tokens.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="tokens">A mini-batch, shape [batch, context].</param>
    /// <param name="next">The token that comes after each.</param>
    public double Loss(ReadOnlySpan<float> parameters, ReadOnlySpan<int> tokens, ReadOnlySpan<int> next)
    {
        Forward(parameters, tokens);
        return LossAndErrors(next);
    }

    /// <summary>Writes the gradients of the mean cross-entropy of the next tokens.</summary>
    /// <returns>That mean.</returns>
    public double Backpropagate(
        ReadOnlySpan<float> parameters, ReadOnlySpan<int> tokens, ReadOnlySpan<int> next, Span<float> gradients)
    {
        gradients.Clear();
        Forward(parameters, tokens);
        double loss = LossAndErrors(next);

        _output.Backward(parameters[Parameters.Output], _final, _logits, _finalErrors, gradients[Parameters.Output]);
        Array.Clear(_errors);
        _finalNorm.Backward(
            parameters[Parameters.FinalGain],
            _finalErrors,
            _errors,
            gradients[Parameters.FinalGain],
            gradients[Parameters.FinalBias]);
        foreach (TransformerLayer layer in _layers.Reverse())
        {
            layer.Backward(parameters, _errors, gradients);
        }

        Span<float> tokenGradients = gradients[Parameters.TokenEmbedding];
        Span<float> positionGradients = gradients[Parameters.PositionEmbedding];
        for (int i = 0; i < tokens.Length; i++)
        {
            ReadOnlySpan<float> error = Row(_errors, i);
            Span<float> token = Row(tokenGradients, tokens[i]);
            TensorPrimitives.Add(token, error, token);
            Span<float> position = Row(positionGradients, i % _shape.Context);
            TensorPrimitives.Add(position, error, position);
        }

        return loss;
    }

    private void Forward(ReadOnlySpan<float> parameters, ReadOnlySpan<int> tokens)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(tokens.Length, _shape.Tokens, nameof(tokens));
        ReadOnlySpan<float> tokenRows = parameters[Parameters.TokenEmbedding];
        ReadOnlySpan<float> positionRows = parameters[Parameters.PositionEmbedding];
        for (int i = 0; i < tokens.Length; i++)
        {
            TensorPrimitives.Add(Row(tokenRows, tokens[i]), Row(positionRows, i % _shape.Context), Row(_stream.AsSpan(), i));
        }

        foreach (TransformerLayer layer in _layers)
        {
            layer.Forward(parameters, _stream);
        }

        _finalNorm.Forward(parameters[Parameters.FinalGain], parameters[Parameters.FinalBias], _stream, _final);
        _output.Forward(parameters[Parameters.Output], _final, _logits);
    }

    /// <summary>The loss, with its derivatives by the logits in their place.</summary>
    private double LossAndErrors(ReadOnlySpan<int> next)
    {
        double loss = 0;
        for (int i = 0; i < next.Length; i++)
        {
            Span<float> logits = _logits.AsSpan(i * _shape.Vocabulary, _shape.Vocabulary);

            // Logits below zero cannot overflow their exponentials.
            TensorPrimitives.Subtract(logits, TensorPrimitives.Max<float>(logits), logits);
            float logit = logits[next[i]];
            TensorPrimitives.Exp(logits, logits);
            float sum = TensorPrimitives.Sum<float>(logits);
            loss += Math.Log(sum) - logit;

            TensorPrimitives.Divide(logits, sum, logits);
            logits[next[i]] -= 1;
            TensorPrimitives.Divide(logits, next.Length, logits);
        }

        return loss / next.Length;
    }

    private Span<float> Row(Span<float> rows, int index) => rows.Slice(index * _shape.Width, _shape.Width);

    private ReadOnlySpan<float> Row(ReadOnlySpan<float> rows, int index) => rows.Slice(index * _shape.Width, _shape.Width);
}

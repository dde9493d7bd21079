using FastAdam.Convergence.Transformers;

namespace FastAdam.Convergence.Tasks;

/// <summary>
/// The next word of a text, and a <see cref="Transformer"/>. Most rows of its embedding have no gradient in most steps: half of the
/// vocabulary stands in the text 12 times or less often.
/// </summary>
internal sealed class TextTask(TextDataSet text, int steps) : ITrainingTask
{
    private const int HeldOutBatches = 16;

    private static readonly TransformerShape _shape =
        new(TextDataSet.Vocabulary, Context: 32, Batch: 16, Width: 64, Heads: 4, Layers: 2);

    public string Name => "text";

    public IReadOnlyList<double> LearningRates { get; } = [3e-4, 3e-3];

    public int Steps => steps;

    public double GuessLoss => Math.Log(TextDataSet.Vocabulary);

    public ILearner Start(int seed) => new Learner(text, new Random(seed));

    private sealed class Learner : ILearner
    {
        private readonly TextDataSet _text;
        private readonly Random _random;
        private readonly Transformer _transformer = new(_shape);
        private readonly float[] _initialParameters;
        private readonly int[] _tokens = new int[_shape.Tokens];
        private readonly int[] _next = new int[_shape.Tokens];

        public Learner(TextDataSet text, Random random)
        {
            _text = text;
            _random = random;
            _initialParameters = _transformer.Parameters.Initial(random);
        }

        public IReadOnlyList<int> TensorLengths => _transformer.Parameters.Lengths;

        public ReadOnlySpan<float> InitialParameters => _initialParameters;

        /// <summary>Sequences start anywhere in the training part.</summary>
        public void Backpropagate(ReadOnlySpan<float> parameters, Span<float> gradients)
        {
            for (int sequence = 0; sequence < _shape.Batch; sequence++)
            {
                Take(_text.Training, _random.Next(_text.Training.Length - _shape.Context), sequence);
            }

            _transformer.Backpropagate(parameters, _tokens, _next, gradients);
        }

        /// <summary>The sequences are the same for all, at even distances in the held-out part.</summary>
        public double HeldOutLoss(ReadOnlySpan<float> parameters)
        {
            int distance = (_text.HeldOut.Length - _shape.Context) / (HeldOutBatches * _shape.Batch);
            double loss = 0;
            for (int batch = 0; batch < HeldOutBatches; batch++)
            {
                for (int sequence = 0; sequence < _shape.Batch; sequence++)
                {
                    Take(_text.HeldOut, ((batch * _shape.Batch) + sequence) * distance, sequence);
                }

                loss += _transformer.Loss(parameters, _tokens, _next);
            }

            return loss / HeldOutBatches;
        }

        private void Take(int[] source, int start, int sequence)
        {
            source.AsSpan(start, _shape.Context).CopyTo(_tokens.AsSpan(sequence * _shape.Context));
            source.AsSpan(start + 1, _shape.Context).CopyTo(_next.AsSpan(sequence * _shape.Context));
        }
    }
}

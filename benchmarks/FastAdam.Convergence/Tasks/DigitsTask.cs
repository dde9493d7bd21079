namespace FastAdam.Convergence.Tasks;

/// <summary>The handwritten digits and the <see cref="Network"/>. The seed decides the split of the images, too.</summary>
internal sealed class DigitsTask(DigitsDataSet data, int epochs) : ITrainingTask
{
    public string Name => "digits";

    public IReadOnlyList<double> LearningRates { get; } = [3e-4, 4e-3];

    public int Steps => epochs * (DigitsDataSet.TrainingCount(data.Count) / TrainingSettings.BatchSize);

    public double GuessLoss => Math.Log(DigitsDataSet.Classes);

    public ILearner Start(int seed) => new Learner(data, new Random(seed));

    private sealed class Learner : ILearner
    {
        private readonly DigitsDataSet _data;
        private readonly Random _random;
        private readonly Network _network = new();
        private readonly float[] _initialParameters;
        private readonly int[] _training;
        private readonly int[] _heldOut;
        private int _used;

        public Learner(DigitsDataSet data, Random random)
        {
            _data = data;
            _random = random;
            (_training, _heldOut) = data.Split(random);
            _used = _training.Length;
            _initialParameters = Network.InitialParameters(random);
        }

        public IReadOnlyList<int> TensorLengths => Network.TensorLengths;

        public ReadOnlySpan<float> InitialParameters => _initialParameters;

        public void Backpropagate(ReadOnlySpan<float> parameters, Span<float> gradients)
        {
            gradients.Clear();
            foreach (int image in NextBatch())
            {
                _network.Backpropagate(
                    parameters, _data.Image(image), _data.Label(image), 1f / TrainingSettings.BatchSize, gradients);
            }
        }

        public double HeldOutLoss(ReadOnlySpan<float> parameters)
        {
            double loss = 0;
            foreach (int image in _heldOut)
            {
                loss += _network.Loss(parameters, _data.Image(image), _data.Label(image));
            }

            return loss / _heldOut.Length;
        }

        /// <summary>All images in a new order for each epoch; those that are too few for a mini-batch wait for another epoch.</summary>
        private ReadOnlySpan<int> NextBatch()
        {
            if (_used + TrainingSettings.BatchSize > _training.Length)
            {
                _random.Shuffle(_training);
                _used = 0;
            }

            ReadOnlySpan<int> batch = _training.AsSpan(_used, TrainingSettings.BatchSize);
            _used += TrainingSettings.BatchSize;
            return batch;
        }
    }
}

using System.Diagnostics;

namespace FastAdam.Convergence;

/// <summary>
/// Trains the network on the digits in mini-batches. Parameters are kept in their storage type only: what the network calculates
/// with is widened from them anew for every mini-batch.
/// </summary>
internal sealed class Training<TParameter, TGradient>
    where TParameter : unmanaged
    where TGradient : unmanaged
{
    private readonly Configuration _configuration;
    private readonly StatefulOptimizer _optimizer;
    private readonly DigitsDataSet _data;
    private readonly TrainingSettings _settings;
    private readonly Random _random;
    private readonly int[] _trainingImages;
    private readonly int[] _testImages;

    private readonly Network _network = new();
    private readonly TParameter[] _parameters = new TParameter[Network.ParameterCount];
    private readonly TGradient[] _gradients = new TGradient[Network.ParameterCount];
    private readonly float[] _widenedParameters = new float[Network.ParameterCount];
    private readonly float[] _unroundedGradients = new float[Network.ParameterCount];
    private readonly List<long> _stepTimes = [];

    public Training(
        Configuration configuration,
        StatefulOptimizer optimizer,
        ParameterFormat<TParameter, TGradient> format,
        DigitsDataSet data,
        TrainingSettings settings)
    {
        _configuration = configuration;
        _optimizer = optimizer;
        _data = data;
        _settings = settings;

        // One source for everything random, so that all configurations see the same split, start and mini-batches.
        _random = new Random(settings.Seed);
        (_trainingImages, _testImages) = data.Split(_random);
        Storage.Narrow(Network.InitialParameters(_random), _parameters.AsSpan());
        format(optimizer, _parameters, _gradients);
    }

    /// <param name="epochDone">Hears the loss of each epoch.</param>
    public TrainingResult Run(Action<double> epochDone)
    {
        var losses = new List<double>();
        var accuracies = new List<double>();
        for (int epoch = 1; epoch <= _settings.Epochs; epoch++)
        {
            losses.Add(TrainEpoch());
            accuracies.Add(TestAccuracy());
            epochDone(losses[^1]);
        }

        return new TrainingResult(
            _configuration,
            _optimizer[0].LearningRate,
            InstructionSets.Current,
            losses,
            accuracies,
            (double)_optimizer.StateBytes / Network.ParameterCount,
            NanosecondsPerParameter());
    }

    private double TrainEpoch()
    {
        _random.Shuffle(_trainingImages);
        double loss = 0;
        foreach (int[] batch in _trainingImages.Chunk(TrainingSettings.BatchSize))
        {
            loss += Backpropagate(batch);
            Step();
        }

        return loss / _trainingImages.Length;
    }

    private double Backpropagate(int[] batch)
    {
        Storage.Widen<TParameter>(_parameters, _widenedParameters);
        Array.Clear(_unroundedGradients);
        float factor = (float)_optimizer[0].GradientScale / batch.Length;
        double loss = 0;
        foreach (int image in batch)
        {
            loss += _network.Backpropagate(
                _widenedParameters,
                _data.Image(image),
                _data.Label(image),
                factor,
                _unroundedGradients);
        }

        Storage.Narrow(_unroundedGradients, _gradients.AsSpan());
        return loss;
    }

    private void Step()
    {
        long start = Stopwatch.GetTimestamp();
        _optimizer.Step();
        _stepTimes.Add(Stopwatch.GetTimestamp() - start);
    }

    private double TestAccuracy()
    {
        _optimizer.ToEvaluation();
        Storage.Widen<TParameter>(_parameters, _widenedParameters);
        _optimizer.ToTraining();
        int correct = _testImages.Count(
            image => _network.Classify(_widenedParameters, _data.Image(image)) == _data.Label(image));
        return (double)correct / _testImages.Length;
    }

    private double NanosecondsPerParameter()
    {
        // The median, as the first steps include the compilation of the kernel, and others run beside us on the machine.
        // In the Stopwatch's own ticks: those of TimeSpan, 100 ns, are too coarse for steps of a few microseconds.
        long median = _stepTimes.Order().ElementAt(_stepTimes.Count / 2);
        return median * 1e9 / Stopwatch.Frequency / Network.ParameterCount;
    }
}

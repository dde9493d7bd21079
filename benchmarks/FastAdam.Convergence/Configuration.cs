namespace FastAdam.Convergence;

/// <summary>An optimizer with the storage types it is given.</summary>
internal sealed class Configuration
{
    // The same for all storage types. With Adam's usual 1e-3, most of the late updates are less than half a unit in the last
    // place of a bfloat16 parameter and round away.
    private const double LearningRate = 4e-3;

    private readonly Func<DigitsDataSet, TrainingSettings, ITrainingObserver, TrainingResult> _train;

    private Configuration(
        string name,
        string parameters,
        string gradients,
        string moments,
        AdamOptions options,
        Func<Configuration, DigitsDataSet, TrainingSettings, ITrainingObserver, TrainingResult> train)
    {
        Name = name;
        Parameters = parameters;
        Gradients = gradients;
        Moments = moments;
        Options = options;
        _train = (data, settings, observer) => train(this, data, settings, observer);
    }

    /// <summary>Single precision everywhere: what the others are compared with.</summary>
    public static Configuration Reference { get; } = Of<float, float, float>("fp32");

    // Half precision has no normal numbers below 6e-5, where most gradients of a trained network are: hence the loss scale.
    public static IReadOnlyList<Configuration> All { get; } =
    [
        Reference,
        Of<BFloat16, BFloat16, float>("bf16, fp32 moments"),
        Of<BFloat16, BFloat16, BFloat16>("bf16"),
        Of<Half, Half, float>("fp16, fp32 moments", lossScale: 1024),
    ];

    public string Name { get; }

    public string Optimizer => Options.DecoupledWeightDecay ? "AdamW" : "Adam";

    public string Parameters { get; }

    public string Gradients { get; }

    public string Moments { get; }

    public AdamOptions Options { get; }

    public TrainingResult Train(DigitsDataSet data, TrainingSettings settings, ITrainingObserver observer) =>
        _train(data, settings, observer);

    private static Configuration Of<TParameter, TGradient, TMoment>(string name, double lossScale = 1)
        where TParameter : unmanaged
        where TGradient : unmanaged
        where TMoment : unmanaged =>
        new(
            name,
            Storage.NameOf<TParameter>(),
            Storage.NameOf<TGradient>(),
            Storage.NameOf<TMoment>(),
            AdamOptions.AdamW with { LearningRate = LearningRate, GradientScale = lossScale },
            (configuration, data, settings, observer) =>
                new Training<TParameter, TGradient, TMoment>(configuration, data, settings).Run(observer));
}

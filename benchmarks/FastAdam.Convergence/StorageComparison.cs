using System.Globalization;
using System.Text.Json;
using FastAdam.Convergence.Reports;

namespace FastAdam.Convergence;

/// <summary>AdamW with parameters, gradients and moments in several storage types.</summary>
internal sealed class StorageComparison : IComparison
{
    // The same for all storage types. With Adam's usual 1e-3, most of the late updates are less than half a unit in the last
    // place of a bfloat16 parameter and round away.
    private const double LearningRate = 4e-3;

    public const double ReferenceAccuracy = 0.95;

    // Not for 16-bit moments: beta2 takes 0.1 % of the second moment a step, which rounds away in bfloat16; it can only grow.
    public const double LargestDifference = 0.01;

    // Single precision everywhere: what the others are compared with.
    private static readonly Configuration _reference = AdamW<float, float>("fp32");

    // Half precision has no normal numbers below 6e-5, where most gradients of a trained network are: hence the loss scale.
    public IReadOnlyList<Configuration> Configurations { get; } =
    [
        _reference,
        AdamW<BFloat16, BFloat16>("bf16, fp32 moments"),
        AdamW<BFloat16, BFloat16>("bf16", Storage.NameOf<BFloat16>(), StateStorage.BFloat16),
        AdamW<Half, Half>("fp16, fp32 moments", lossScale: 1024),
        AdamW<float, float>("fp32, block8 moments", "block8", StateStorage.Block8),
        Stored("bf16 rounded at random, fp32 moments", "bfloat16_stochastic", ParameterFormats.Stochastic),
        Stored("bf16 with lower halves, fp32 moments", "split", ParameterFormats.Split),
    ];

    public IReadOnlyList<Column> Columns { get; } =
    [
        Column.Text("Configuration", result => result.Configuration.Name),
        Column.Number("Test accuracy", "F4", result => result.TestAccuracy),
        Column.Number("Final loss", "F4", result => result.FinalLoss),
        Column.Number("ns/parameter", "F3", result => result.NanosecondsPerParameter),
        Column.Text("ISA", result => result.Isa),
    ];

    public string Caption(TrainingSettings settings) => string.Create(
        CultureInfo.InvariantCulture,
        $"{_reference.Optimizer}, learning rate {LearningRate}, seed {settings.Seed}. ns/parameter: median optimizer step.");

    public string Json(TrainingResult result) =>
        JsonSerializer.Serialize(StorageJsonLine.Of(result), JsonLineContext.Default.StorageJsonLine);

    public IEnumerable<string> MissedBounds(IReadOnlyList<TrainingResult> results)
    {
        TrainingResult reference = results.Single(result => result.Configuration == _reference);
        return results
            .Select(result =>
                result == reference ? AccuracyBounds.AtLeast(ReferenceAccuracy, result)
                : result.Configuration.State == Storage.NameOf<float>() ? AccuracyBounds.Within(LargestDifference, reference, result)
                : null)
            .OfType<string>();
    }

    private static Configuration AdamW<TParameter, TGradient>(
        string name, string? state = null, StateStorage storage = StateStorage.Float32, double lossScale = 1)
        where TParameter : unmanaged
        where TGradient : unmanaged => Configuration.Of<TParameter, TGradient>(
            name,
            nameof(ParameterGroup.AdamW),
            state ?? Storage.NameOf<float>(),
            [LearningRate],
            learningRate => Optimizer(learningRate, lossScale, storage));

    private static Configuration Stored(string name, string parameters, ParameterFormat<BFloat16, BFloat16> format) => Configuration.Of(
        name,
        nameof(ParameterGroup.AdamW),
        parameters,
        Storage.NameOf<float>(),
        [LearningRate],
        learningRate => Optimizer(learningRate, lossScale: 1, StateStorage.Float32),
        format);

    private static StatefulOptimizer Optimizer(double learningRate, double lossScale, StateStorage storage) =>
        new(ParameterGroup.AdamW with { LearningRate = learningRate, GradientScale = lossScale }) { StateStorage = storage };
}

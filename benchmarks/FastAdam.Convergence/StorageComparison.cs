using System.Globalization;
using System.Text.Json;
using FastAdam.Convergence.Formats;
using FastAdam.Convergence.Reports;

namespace FastAdam.Convergence;

/// <summary>AdamW with parameters, gradients and moments in several storage types.</summary>
internal sealed class StorageComparison : IComparison
{
    // The same for all storage types. With Adam's usual 1e-3, most of the late updates are less than half a unit in the last
    // place of a bfloat16 parameter and round away.
    private const double LearningRate = 4e-3;

    private const double ReferenceAccuracy = 0.95;

    // Not for 16-bit moments: beta2 takes 0.1 % of the second moment a step, which rounds away in bfloat16; it can only grow.
    private const double LargestDifference = 0.01;

    // Single precision everywhere: what the others are compared with.
    private static readonly Configuration _reference = AdamW<float, float, float>("fp32");

    // Half precision has no normal numbers below 6e-5, where most gradients of a trained network are: hence the loss scale.
    public IReadOnlyList<Configuration> Configurations { get; } =
    [
        _reference,
        AdamW<BFloat16, BFloat16, float>("bf16, fp32 moments"),
        AdamW<BFloat16, BFloat16, BFloat16>("bf16"),
        AdamW<Half, Half, float>("fp16, fp32 moments", lossScale: 1024),
        Stored<float, float>("fp32, block8 moments", Storage.NameOf<float>(), "block8", group => new(group, Block8)),
        Stored<BFloat16, BFloat16>(
            "bf16 rounded at random, fp32 moments",
            "bfloat16_stochastic",
            Storage.NameOf<float>(),
            group => new StochasticStep<BFloat16>(group, Single)),
        Stored<BFloat16, BFloat16>(
            "bf16 with lower halves, fp32 moments",
            "split",
            Storage.NameOf<float>(),
            group => new SplitStep<BFloat16>(group, Single)),
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

    private static Block8Moment Block8(int length, bool isSecond) => new(length);

    private static PlainMoment<float> Single(int length, bool isSecond) => new(length);

    private static Configuration Stored<TParameter, TGradient>(
        string name, string parameters, string state, Func<ParameterGroup, TensorStep<TParameter, TGradient>> step)
        where TParameter : unmanaged
        where TGradient : unmanaged => Configuration.Of(
            name,
            nameof(ParameterGroup.AdamW),
            parameters,
            state,
            [LearningRate],
            learningRate => (IStep<TParameter, TGradient>)step(ParameterGroup.AdamW with { LearningRate = learningRate }));

    private static Configuration AdamW<TParameter, TGradient, TMoment>(string name, double lossScale = 1)
        where TParameter : unmanaged
        where TGradient : unmanaged
        where TMoment : unmanaged => Configuration.Of<TParameter, TGradient, TMoment>(
            name,
            nameof(ParameterGroup.AdamW),
            [LearningRate],
            learningRate => new AdamStep<TParameter, TGradient, TMoment>(
                ParameterGroup.AdamW with { LearningRate = learningRate, GradientScale = lossScale }));
}

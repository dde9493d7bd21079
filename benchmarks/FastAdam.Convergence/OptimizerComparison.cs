using System.Globalization;
using System.Text.Json;
using FastAdam.Convergence.Reports;

namespace FastAdam.Convergence;

/// <summary>The optimizers in single precision, each with the best learning rate of the same grid.</summary>
internal sealed class OptimizerComparison : IComparison
{
    private const double Momentum = 0.9;

    // The least of all with the seeds 1 to 20 was 0.9556, 16 of 360 images wrong; this allows 5 more. Means: 0.9746 to 0.9825.
    private const double LeastAccuracy = 0.94;

    // The same for all. With every seed from 1 to 20 the best was within the grid, not at one of its ends.
    private static readonly double[] _learningRates = [1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1, 3];

    public IReadOnlyList<Configuration> Configurations { get; } =
    [
        Single("SGD", ParameterGroup.Sgd),
        Single("Momentum", ParameterGroup.Sgd with { Momentum = Momentum }),
        Single("Nesterov", ParameterGroup.Sgd with { Momentum = Momentum, Nesterov = true }),
        Single("AdaGrad", ParameterGroup.AdaGrad),
        Single("RMSProp", ParameterGroup.RmsProp),
        Single("Adam", ParameterGroup.Adam),
        Single("AdamW", ParameterGroup.AdamW),
        Single("AMSGrad", ParameterGroup.Adam with { AmsGrad = true }),
        Single("NAdam", ParameterGroup.NAdam),
        Single("RAdam", ParameterGroup.RAdam),
        Single("AdaMax", ParameterGroup.AdaMax),
        Single("Lion", ParameterGroup.Lion),
    ];

    public IReadOnlyList<Column> Columns { get; } =
    [
        Column.Text("Optimizer", result => result.Configuration.Name),
        Column.Number("Learning rate", "G", result => result.LearningRate),
        Column.Number("Final loss", "F5", result => result.FinalLoss),
        Column.Number("Test accuracy", "F4", result => result.TestAccuracy),
        Column.Number("Epochs to 95 %", "F0", result => result.EpochsTo95),
        Column.Number("State bytes", "F0", result => result.StateBytesPerParameter),
        Column.Number("Step ns", "F3", result => result.NanosecondsPerParameter),
    ];

    public string Caption(TrainingSettings settings)
    {
        string grid = string.Join(", ", _learningRates.Select(learningRate => learningRate.ToString(CultureInfo.InvariantCulture)));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Seed {settings.Seed}. Learning rate: of {grid} the one with the least training loss in the last epoch. "
            + $"Epochs to 95 % test accuracy. State and median optimizer step: per parameter.");
    }

    public string Json(TrainingResult result) =>
        JsonSerializer.Serialize(OptimizerJsonLine.Of(result), JsonLineContext.Default.OptimizerJsonLine);

    public IEnumerable<string> MissedBounds(IReadOnlyList<TrainingResult> results) =>
        results.Select(result => AccuracyBounds.AtLeast(LeastAccuracy, result)).OfType<string>();

    private static Configuration Single(string name, ParameterGroup options) =>
        Configuration.Of<float, float, float>(
            name, name, _learningRates, learningRate => new OptimizerStep(options with { LearningRate = learningRate }));
}

using System.Text.Json.Serialization;

namespace FastAdam.Convergence.Reports;

/// <summary>The JSON object of one optimizer: that of its best learning rate, and what the others came to.</summary>
internal sealed record OptimizerJsonLine(
    string Optimizer,
    string Param,
    string Grad,
    string State,
    string Isa,
    IReadOnlyList<double> LearningRates,
    IReadOnlyList<double?> FinalLosses,
    double LearningRate,
    int Epochs,
    double TestAccuracy,
    double? FinalLoss,
    [property: JsonPropertyName("epochs_to_95")] int? EpochsTo95,
    double StateBytesPerParam,
    double NsPerParam)
{
    public static OptimizerJsonLine Of(TrainingResult result) => new(
        result.Configuration.Optimizer,
        result.Configuration.Parameters,
        result.Configuration.Gradients,
        result.Configuration.State,
        result.Isa,
        result.Configuration.LearningRates,
        [.. result.FinalLosses.Select(JsonLineContext.Number)],
        result.LearningRate,
        result.EpochLosses.Count,
        result.TestAccuracy,
        JsonLineContext.Number(result.FinalLoss),
        result.EpochsTo95,
        result.StateBytesPerParameter,
        result.NanosecondsPerParameter);
}

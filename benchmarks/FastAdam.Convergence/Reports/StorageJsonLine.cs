namespace FastAdam.Convergence.Reports;

/// <summary>The JSON object of one configuration of storage types.</summary>
internal sealed record StorageJsonLine(
    string Optimizer,
    string Param,
    string Grad,
    string State,
    string Isa,
    int Epochs,
    double TestAccuracy,
    double? FinalLoss,
    double NsPerParam)
{
    public static StorageJsonLine Of(TrainingResult result) => new(
        result.Configuration.Optimizer,
        result.Configuration.Parameters,
        result.Configuration.Gradients,
        result.Configuration.State,
        result.Isa,
        result.EpochLosses.Count,
        result.TestAccuracy,
        JsonLineContext.Number(result.FinalLoss),
        result.NanosecondsPerParameter);
}

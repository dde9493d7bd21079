namespace FastAdam.Convergence;

/// <summary>What one configuration reached.</summary>
/// <param name="Configuration">The configuration.</param>
/// <param name="EpochLosses">Mean cross-entropy of the training images in each epoch, while it ran.</param>
/// <param name="TestAccuracy">Share of the test images classified correctly after the last epoch, 0 to 1.</param>
/// <param name="NanosecondsPerParameter">Median time of an optimizer step, divided by the number of parameters.</param>
internal sealed record TrainingResult(
    Configuration Configuration,
    IReadOnlyList<double> EpochLosses,
    double TestAccuracy,
    double NanosecondsPerParameter)
{
    public double FinalLoss => EpochLosses[^1];
}

using System.Globalization;

namespace FastAdam.Convergence;

/// <summary>What one configuration reached with one learning rate.</summary>
/// <param name="Configuration">The configuration.</param>
/// <param name="LearningRate">The learning rate.</param>
/// <param name="InstructionSet">What the optimizer's kernel was made of.</param>
/// <param name="EpochLosses">Mean cross-entropy of the training images in each epoch, while it ran.</param>
/// <param name="EpochAccuracies">Share of the test images classified correctly after each epoch, 0 to 1.</param>
/// <param name="StateBytesPerParameter">What the optimizer keeps, divided by the number of parameters.</param>
/// <param name="NanosecondsPerParameter">Median time of an optimizer step, divided by the number of parameters.</param>
internal sealed record TrainingResult(
    Configuration Configuration,
    double LearningRate,
    InstructionSet InstructionSet,
    IReadOnlyList<double> EpochLosses,
    IReadOnlyList<double> EpochAccuracies,
    double StateBytesPerParameter,
    double NanosecondsPerParameter)
{
    private const double Reached = 0.95;

    /// <summary>The configuration's name, and the learning rate where it is one of several.</summary>
    public string Name => Configuration.LearningRates.Count == 1
        ? Configuration.Name
        : string.Create(CultureInfo.InvariantCulture, $"{Configuration.Name}, learning rate {LearningRate}");

    public string Isa => InstructionSet.ToString().ToLowerInvariant();

    public double FinalLoss => EpochLosses[^1];

    /// <summary>The losses of the last epoch with each of the configuration's learning rates.</summary>
    public IReadOnlyList<double> FinalLosses { get; init; } = [];

    public double TestAccuracy => EpochAccuracies[^1];

    /// <summary>After how many epochs the test accuracy was 95 % or more for the first time; null if it never was.</summary>
    public int? EpochsTo95 =>
        EpochAccuracies.Index().Where(epoch => epoch.Item >= Reached).Select(epoch => (int?)(epoch.Index + 1)).FirstOrDefault();
}

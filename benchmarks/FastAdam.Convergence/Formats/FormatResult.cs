using FastAdam.Convergence.Tasks;

namespace FastAdam.Convergence.Formats;

/// <summary>What one training came to.</summary>
/// <param name="Task">What was trained for.</param>
/// <param name="LearningRate">The learning rate.</param>
/// <param name="Format">How parameters and moments were stored.</param>
/// <param name="Seed">What decided the initial parameters, the mini-batches and rounding at random.</param>
/// <param name="FinalLoss">The mean held-out loss after the last step; NaN where the training broke down.</param>
internal sealed record FormatResult(ITrainingTask Task, double LearningRate, StorageFormat Format, int Seed, double FinalLoss)
{
    public override string ToString() => FormattableString.Invariant(
        $"{Task.Name}, learning rate {LearningRate}, {Format.Name}, seed {Seed}, loss {FinalLoss:F4}");
}

namespace FastAdam.Convergence;

/// <summary>What every configuration trains with.</summary>
/// <param name="Epochs">Passes over the training images.</param>
/// <param name="Seed">Decides the split of the images, the initial parameters and the order of the mini-batches.</param>
internal sealed record TrainingSettings(int Epochs, int Seed)
{
    public const int DefaultEpochs = 30;
    public const int DefaultSeed = 1;

    public const int BatchSize = 32;
}

namespace FastAdam.Convergence;

/// <summary>Hears how the training goes.</summary>
internal interface ITrainingObserver
{
    void EpochDone(Configuration configuration, int epoch, double loss);

    void ConfigurationDone(TrainingResult result);
}

namespace FastAdam.Convergence;

/// <summary>An optimizer with its hyperparameters, and with the state that it keeps over a network's parameters.</summary>
/// <typeparam name="TParameter">Storage of the parameters.</typeparam>
/// <typeparam name="TGradient">Storage of the gradients.</typeparam>
internal interface IStep<TParameter, TGradient>
    where TParameter : unmanaged
    where TGradient : unmanaged
{
    /// <summary>What the loss is multiplied by before the gradients are taken.</summary>
    double LossScale { get; }

    double StateBytes { get; }

    /// <summary>Makes step number <paramref name="step"/>, 1 for the first.</summary>
    void Step(TParameter[] parameters, TGradient[] gradients, long step);

    /// <summary>Makes of the parameters those for evaluation, where they are others than in training.</summary>
    void ToEvaluation(TParameter[] parameters)
    {
    }

    /// <summary>The way back.</summary>
    void ToTraining(TParameter[] parameters)
    {
    }
}

namespace FastAdam.Convergence.Tasks;

/// <summary>Something to train for: a network, what it is to learn, and for how many steps.</summary>
internal interface ITrainingTask
{
    /// <summary>What it is called in reports.</summary>
    string Name { get; }

    /// <summary>
    /// A small one, with which many updates are below half a unit in the last place of a bfloat16 parameter, and a usual one.
    /// </summary>
    IReadOnlyList<double> LearningRates { get; }

    int Steps { get; }

    /// <summary>The loss of who knows nothing and holds all answers to be as likely.</summary>
    double GuessLoss { get; }

    /// <summary>A network before its first step. The seed decides its parameters and mini-batches.</summary>
    ILearner Start(int seed);
}

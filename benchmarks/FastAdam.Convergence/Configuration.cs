namespace FastAdam.Convergence;

/// <summary>An optimizer with the storage types it is given, and the learning rates to choose from.</summary>
internal sealed class Configuration
{
    private readonly Func<double, DigitsDataSet, TrainingSettings, Action<double>, TrainingResult> _train;

    private Configuration(
        string name,
        string optimizer,
        string parameters,
        string gradients,
        string state,
        IReadOnlyList<double> learningRates,
        Func<Configuration, double, DigitsDataSet, TrainingSettings, Action<double>, TrainingResult> train)
    {
        Name = name;
        Optimizer = optimizer;
        Parameters = parameters;
        Gradients = gradients;
        State = state;
        LearningRates = learningRates;
        _train = (learningRate, data, settings, epochDone) => train(this, learningRate, data, settings, epochDone);
    }

    public string Name { get; }

    public string Optimizer { get; }

    public string Parameters { get; }

    public string Gradients { get; }

    public string State { get; }

    public IReadOnlyList<double> LearningRates { get; }

    /// <typeparam name="TParameter">Storage of the parameters.</typeparam>
    /// <typeparam name="TGradient">Storage of the gradients.</typeparam>
    /// <param name="name">What it is called in reports.</param>
    /// <param name="optimizerName">The optimizer's name.</param>
    /// <param name="state">What the storage of the state is called.</param>
    /// <param name="learningRates">The learning rates to choose from.</param>
    /// <param name="optimizer">Makes the optimizer with a learning rate.</param>
    public static Configuration Of<TParameter, TGradient>(
        string name, string optimizerName, string state, IReadOnlyList<double> learningRates, Func<double, StatefulOptimizer> optimizer)
        where TParameter : unmanaged
        where TGradient : unmanaged => Of<TParameter, TGradient>(
            name, optimizerName, Storage.NameOf<TParameter>(), state, learningRates, optimizer, ParameterFormats.Plain);

    /// <typeparam name="TParameter">What the network has of each parameter.</typeparam>
    /// <typeparam name="TGradient">Storage of the gradients.</typeparam>
    /// <param name="name">What it is called in reports.</param>
    /// <param name="optimizerName">The optimizer's name.</param>
    /// <param name="parameters">What the storage of the parameters is called.</param>
    /// <param name="state">What the storage of the state is called.</param>
    /// <param name="learningRates">The learning rates to choose from.</param>
    /// <param name="optimizer">Makes the optimizer with a learning rate.</param>
    /// <param name="format">Gives it the parameters.</param>
    public static Configuration Of<TParameter, TGradient>(
        string name,
        string optimizerName,
        string parameters,
        string state,
        IReadOnlyList<double> learningRates,
        Func<double, StatefulOptimizer> optimizer,
        ParameterFormat<TParameter, TGradient> format)
        where TParameter : unmanaged
        where TGradient : unmanaged =>
        new(
            name,
            optimizerName,
            parameters,
            Storage.NameOf<TGradient>(),
            state,
            learningRates,
            (configuration, learningRate, data, settings, epochDone) =>
            {
                using StatefulOptimizer made = optimizer(learningRate);
                return new Training<TParameter, TGradient>(configuration, made, format, data, settings).Run(epochDone);
            });

    /// <summary>
    /// Trains with every learning rate. The result is that of the rate with the least training loss in the last epoch: the test
    /// images have no part in the choice.
    /// </summary>
    /// <param name="data">The images.</param>
    /// <param name="settings">What to train with.</param>
    /// <param name="epochDone">Hears the learning rate and the loss of each epoch.</param>
    public TrainingResult Train(DigitsDataSet data, TrainingSettings settings, Action<double, double> epochDone)
    {
        TrainingResult[] runs =
            [.. LearningRates.Select(learningRate => _train(learningRate, data, settings, loss => epochDone(learningRate, loss)))];

        // In .NET's order NaN is the least of all numbers.
        TrainingResult best = runs.MinBy(run => double.IsNaN(run.FinalLoss) ? double.PositiveInfinity : run.FinalLoss)!;
        return best with { FinalLosses = [.. runs.Select(run => run.FinalLoss)] };
    }
}

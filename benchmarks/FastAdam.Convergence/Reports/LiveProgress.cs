using System.Globalization;
using Spectre.Console;

namespace FastAdam.Convergence.Reports;

/// <summary>Shows a progress bar for each configuration, in a terminal.</summary>
internal sealed class LiveProgress : ITrainingObserver
{
    private readonly Dictionary<Configuration, ProgressTask> _tasks;

    private LiveProgress(ProgressContext context, IReadOnlyList<Configuration> configurations, int epochs) =>
        _tasks = configurations.ToDictionary(
            configuration => configuration,
            configuration => context.AddTask(
                configuration.Name, autoStart: false, maxValue: epochs * configuration.LearningRates.Count));

    /// <summary>Shows the progress of a training while it runs.</summary>
    public static IReadOnlyList<TrainingResult> Show(
        IAnsiConsole console,
        IReadOnlyList<Configuration> configurations,
        int epochs,
        Func<ITrainingObserver, IReadOnlyList<TrainingResult>> train) =>
        console.Progress()
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ProgressBarColumn(),
                new PercentageColumn(),
                new ElapsedTimeColumn())
            .Start(context => train(new LiveProgress(context, configurations, epochs)));

    public void EpochDone(Configuration configuration, int epoch, double loss)
    {
        ProgressTask task = _tasks[configuration];
        if (!task.IsStarted)
        {
            task.StartTask();
        }

        Describe(task, configuration.Name, loss);
        task.Increment(1);
    }

    public void ConfigurationDone(TrainingResult result)
    {
        ProgressTask task = _tasks[result.Configuration];
        Describe(task, result.Name, result.FinalLoss);
        task.StopTask();
    }

    private static void Describe(ProgressTask task, string name, double loss) =>
        task.Description = string.Create(CultureInfo.InvariantCulture, $"{name}: loss {loss:F4}");
}

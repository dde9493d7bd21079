using System.Globalization;
using Spectre.Console;

namespace FastAdam.Convergence.Reports;

/// <summary>Shows a progress bar for each configuration, in a terminal.</summary>
internal sealed class LiveProgress : ITrainingObserver
{
    private readonly Dictionary<Configuration, ProgressTask> _tasks;

    private LiveProgress(ProgressContext context, int epochs) =>
        _tasks = Configuration.All.ToDictionary(
            configuration => configuration,
            configuration => context.AddTask(configuration.Name, autoStart: false, maxValue: epochs));

    /// <summary>Shows the progress of a training while it runs.</summary>
    public static IReadOnlyList<TrainingResult> Show(
        IAnsiConsole console,
        int epochs,
        Func<ITrainingObserver, IReadOnlyList<TrainingResult>> train) =>
        console.Progress()
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ProgressBarColumn(),
                new PercentageColumn(),
                new ElapsedTimeColumn())
            .Start(context => train(new LiveProgress(context, epochs)));

    public void EpochDone(Configuration configuration, int epoch, double loss)
    {
        ProgressTask task = _tasks[configuration];
        if (!task.IsStarted)
        {
            task.StartTask();
        }

        task.Description = string.Create(CultureInfo.InvariantCulture, $"{configuration.Name}: loss {loss:F4}");
        task.Value = epoch;
    }

    public void ConfigurationDone(TrainingResult result)
    {
    }
}

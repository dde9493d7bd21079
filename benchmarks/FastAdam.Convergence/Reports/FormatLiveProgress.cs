using System.Globalization;
using FastAdam.Convergence.Formats;
using FastAdam.Convergence.Tasks;
using Spectre.Console;

namespace FastAdam.Convergence.Reports;

/// <summary>Shows a progress bar for each task and learning rate, in a terminal.</summary>
internal sealed class FormatLiveProgress : IFormatObserver
{
    private readonly Dictionary<(ITrainingTask Task, double LearningRate), ProgressTask> _tasks;

    private FormatLiveProgress(ProgressContext context, FormatComparison comparison)
    {
        int trainings = StorageFormat.All.Count * comparison.Seeds.Count;
        _tasks = comparison.Tasks
            .SelectMany(task => task.LearningRates.Select(learningRate => (task, learningRate)))
            .ToDictionary(series => series, series => context.AddTask(Name(series), maxValue: trainings));
    }

    /// <summary>Shows the progress of a comparison while it runs.</summary>
    public static IReadOnlyList<FormatResult> Show(IAnsiConsole console, FormatComparison comparison) =>
        console.Progress()
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ProgressBarColumn(),
                new PercentageColumn(),
                new ElapsedTimeColumn())
            .Start(context => comparison.Run(new FormatLiveProgress(context, comparison)));

    public void Done(FormatResult result)
    {
        ProgressTask task = _tasks[(result.Task, result.LearningRate)];
        task.Description = string.Create(
            CultureInfo.InvariantCulture,
            $"{Name((result.Task, result.LearningRate))}: {result.Format.Name}, seed {result.Seed}, loss {result.FinalLoss:F4}");
        task.Increment(1);
    }

    private static string Name((ITrainingTask Task, double LearningRate) series) =>
        string.Create(CultureInfo.InvariantCulture, $"{series.Task.Name}, learning rate {series.LearningRate}");
}

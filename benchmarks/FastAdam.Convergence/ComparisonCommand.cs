using FastAdam.Convergence.Reports;
using Spectre.Console;

namespace FastAdam.Convergence;

/// <summary>Trains every configuration of a comparison, reports, and checks the bounds.</summary>
internal static class ComparisonCommand
{
    private const int Success = 0;
    private const int Failure = 1;

    /// <summary>Runs the command.</summary>
    /// <param name="comparison">What to train and compare.</param>
    /// <param name="settings">What to train with.</param>
    /// <param name="json">Whether to print JSON lines only.</param>
    /// <param name="plot">Where to write the plot; null for none.</param>
    /// <returns>The exit code.</returns>
    public static int Run(IComparison comparison, TrainingSettings settings, bool json, FileInfo? plot)
    {
        try
        {
            _ = InstructionSets.Current;
        }
        catch (Exception exception) when (exception is InvalidOperationException or PlatformNotSupportedException)
        {
            Console.Error.WriteLine(exception.Message);
            return Failure;
        }

        DigitsDataSet data = DigitsDataSet.Load();
        IReadOnlyList<TrainingResult> results;
        if (json)
        {
            results = Train(new JsonLines(Console.Out, comparison));
        }
        else
        {
            IAnsiConsole console = AnsiConsole.Console;
            results = console.Profile.Out.IsTerminal
                ? LiveProgress.Show(console, comparison.Configurations, settings.Epochs, Train)
                : Train(new PlainProgress(Console.Out));
            ResultTable.Print(console, comparison.Columns, results, comparison.Caption(settings));
        }

        if (plot is not null)
        {
            try
            {
                LossPlot.Save(results, plot);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                Console.Error.WriteLine($"The plot cannot be written: {exception.Message}");
                return Failure;
            }

            if (!json)
            {
                Console.WriteLine($"Training loss: {plot}");
            }
        }

        // With fewer epochs the bounds say nothing.
        string[] missed = settings.Epochs >= TrainingSettings.DefaultEpochs ? [.. comparison.MissedBounds(results)] : [];
        foreach (string message in missed)
        {
            Console.Error.WriteLine(message);
        }

        return missed.Length == 0 ? Success : Failure;

        IReadOnlyList<TrainingResult> Train(ITrainingObserver observer)
        {
            var trained = new List<TrainingResult>();
            foreach (Configuration configuration in comparison.Configurations)
            {
                trained.Add(configuration.Train(data, settings, observer));
                observer.ConfigurationDone(trained[^1]);
            }

            return trained;
        }
    }
}

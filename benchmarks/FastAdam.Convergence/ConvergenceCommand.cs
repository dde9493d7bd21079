using FastAdam.Convergence.Reports;
using Spectre.Console;

namespace FastAdam.Convergence;

/// <summary>Trains every configuration, reports, and checks the bounds.</summary>
internal static class ConvergenceCommand
{
    private const int Success = 0;
    private const int Failure = 1;

    /// <summary>Runs the command.</summary>
    /// <param name="settings">What to train with.</param>
    /// <param name="json">Whether to print JSON lines only.</param>
    /// <param name="plot">Where to write the plot; null for none.</param>
    /// <returns>The exit code.</returns>
    public static int Run(TrainingSettings settings, bool json, FileInfo? plot)
    {
        InstructionSet instructionSet;
        try
        {
            instructionSet = InstructionSets.Current;
        }
        catch (Exception exception) when (exception is InvalidOperationException or PlatformNotSupportedException)
        {
            Console.Error.WriteLine(exception.Message);
            return Failure;
        }

        string isa = instructionSet.ToString().ToLowerInvariant();
        DigitsDataSet data = DigitsDataSet.Load();
        IReadOnlyList<TrainingResult> results;
        if (json)
        {
            results = Train(new JsonLines(Console.Out, isa));
        }
        else
        {
            IAnsiConsole console = AnsiConsole.Console;
            results = console.Profile.Out.IsTerminal
                ? LiveProgress.Show(console, settings.Epochs, Train)
                : Train(new PlainProgress(Console.Out));
            ResultTable.Print(console, results, settings, isa);
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
        string[] missed = settings.Epochs >= TrainingSettings.DefaultEpochs ? [.. Bounds.Missed(results)] : [];
        foreach (string message in missed)
        {
            Console.Error.WriteLine(message);
        }

        return missed.Length == 0 ? Success : Failure;

        IReadOnlyList<TrainingResult> Train(ITrainingObserver observer)
        {
            var trained = new List<TrainingResult>();
            foreach (Configuration configuration in Configuration.All)
            {
                trained.Add(configuration.Train(data, settings, observer));
                observer.ConfigurationDone(trained[^1]);
            }

            return trained;
        }
    }
}

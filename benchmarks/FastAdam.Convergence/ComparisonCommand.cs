using FastAdam.CommandLine;
using FastAdam.Convergence.Reports;

namespace FastAdam.Convergence;

/// <summary>Trains every configuration of a comparison, reports, and checks the bounds.</summary>
internal static class ComparisonCommand
{
    /// <summary>Runs the command.</summary>
    /// <param name="comparison">What to train and compare.</param>
    /// <param name="settings">What to train with.</param>
    /// <param name="outputs">What to print and write.</param>
    /// <returns>The exit code.</returns>
    public static int Run(IComparison comparison, TrainingSettings settings, Outputs outputs)
    {
        outputs.Check();
        DigitsDataSet data = DigitsDataSet.Load();
        IReadOnlyList<TrainingResult> results = Train(comparison, settings, data, outputs.Json);
        if (!outputs.Json)
        {
            ResultTable.Print(Outputs.Tables, comparison.Columns, results, comparison.Caption(settings));
        }

        outputs.SavePlot(file => LossPlot.Save(results, file));

        // With fewer epochs the bounds say nothing.
        string[] missed = settings.Epochs >= TrainingSettings.DefaultEpochs ? [.. comparison.MissedBounds(results)] : [];
        foreach (string message in missed)
        {
            Console.Error.WriteLine(message);
        }

        return missed.Length == 0 ? ExitCodes.Success : ExitCodes.Failure;
    }

    private static List<TrainingResult> Train(IComparison comparison, TrainingSettings settings, DigitsDataSet data, bool json)
    {
        bool hasOneRate = comparison.Configurations.All(configuration => configuration.LearningRates.Count == 1);
        int epochs = settings.Epochs * comparison.Configurations.Sum(configuration => configuration.LearningRates.Count);
        return ProgressReport.Show("training", epochs, "epochs", prints: json, progress =>
        {
            List<TrainingResult> results = [];
            foreach (Configuration configuration in comparison.Configurations)
            {
                results.Add(configuration.Train(data, settings, (learningRate, loss) => progress.Done(
                    FormattableString.Invariant(
                        $"{configuration.Name}{(hasOneRate ? "" : $", learning rate {learningRate}")}, training loss {loss:F4}"))));
                if (json)
                {
                    Console.WriteLine(comparison.Json(results[^1]));
                }
            }

            return results;
        });
    }
}

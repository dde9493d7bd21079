using System.Text.Json;
using FastAdam.CommandLine;
using FastAdam.Convergence.Formats;
using FastAdam.Convergence.Reports;
using FastAdam.Convergence.Transformers;

namespace FastAdam.Convergence;

/// <summary>Trains with every storage format, reports, and checks that single precision has learned.</summary>
internal static class FormatsCommand
{
    /// <summary>Runs the command.</summary>
    /// <param name="quick">Whether to make fewer and shorter trainings.</param>
    /// <param name="outputs">What to print and write.</param>
    /// <returns>The exit code.</returns>
    public static int Run(bool quick, Outputs outputs)
    {
        outputs.Check();
        string[] faults = ProgressReport.Show("checking the transformer's gradients", () => GradientCheck.Faults().ToArray());
        if (Say(faults))
        {
            return ExitCodes.Failure;
        }

        FormatComparison comparison = ProgressReport.Show("reading the data", () => FormatComparison.Load(quick));
        IReadOnlyList<FormatResult> results = Train(comparison, outputs.Json);
        IReadOnlyList<FormatSummary> summaries = FormatSummary.Of(results);
        if (!outputs.Json)
        {
            FormatTable.Print(Outputs.Tables, summaries, comparison);
        }

        outputs.SavePlot(file => FormatPlot.Save(summaries, file));
        return Say(results.Select(NothingLearned).OfType<string>()) ? ExitCodes.Failure : ExitCodes.Success;
    }

    private static IReadOnlyList<FormatResult> Train(FormatComparison comparison, bool json) =>
        ProgressReport.Show("training", comparison.Count, "trainings", prints: json, progress => comparison.Run(result =>
        {
            progress.Done(result.ToString());
            if (json)
            {
                Console.WriteLine(JsonSerializer.Serialize(FormatJsonLine.Of(result), JsonLineContext.Default.FormatJsonLine));
            }
        }));

    private static string? NothingLearned(FormatResult result) =>
        result.Format == StorageFormat.All[0] && !(result.FinalLoss < result.Task.GuessLoss)
            ? FormattableString.Invariant($"{result}, but who knows nothing has {result.Task.GuessLoss:F4}.")
            : null;

    /// <returns>Whether there was a message.</returns>
    private static bool Say(IEnumerable<string> messages)
    {
        bool any = false;
        foreach (string message in messages)
        {
            Console.Error.WriteLine(message);
            any = true;
        }

        return any;
    }
}

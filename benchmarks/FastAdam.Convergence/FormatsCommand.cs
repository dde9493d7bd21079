using FastAdam.Convergence.Formats;
using FastAdam.Convergence.Reports;
using FastAdam.Convergence.Transformers;
using Spectre.Console;

namespace FastAdam.Convergence;

/// <summary>Trains with every storage format, reports, and checks that single precision has learned.</summary>
internal static class FormatsCommand
{
    private const int Success = 0;
    private const int Failure = 1;

    /// <summary>Runs the command.</summary>
    /// <param name="quick">Whether to make fewer and shorter trainings.</param>
    /// <param name="json">Whether to print JSON lines only.</param>
    /// <param name="plot">Where to write the plot; null for none.</param>
    /// <returns>The exit code.</returns>
    public static int Run(bool quick, bool json, FileInfo? plot)
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

        if (Say(GradientCheck.Faults()))
        {
            return Failure;
        }

        FormatComparison comparison = FormatComparison.Load(quick);
        IReadOnlyList<FormatResult> results;
        IReadOnlyList<FormatSummary> summaries;
        if (json)
        {
            results = comparison.Run(new FormatJsonLines(Console.Out));
            summaries = FormatSummary.Of(results);
        }
        else
        {
            IAnsiConsole console = AnsiConsole.Console;
            results = console.Profile.Out.IsTerminal
                ? FormatLiveProgress.Show(console, comparison)
                : comparison.Run(new FormatPlainProgress(Console.Out));
            summaries = FormatSummary.Of(results);
            FormatTable.Print(console, summaries, comparison);
        }

        if (plot is not null)
        {
            try
            {
                FormatPlot.Save(summaries, plot);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                Console.Error.WriteLine($"The plot cannot be written: {exception.Message}");
                return Failure;
            }

            if (!json)
            {
                Console.WriteLine($"Differences: {plot}");
            }
        }

        return Say(results.Select(NothingLearned).OfType<string>()) ? Failure : Success;
    }

    private static string? NothingLearned(FormatResult result) =>
        result.Format == StorageFormat.All[0] && !(result.FinalLoss < result.Task.GuessLoss)
            ? FormattableString.Invariant(
                $"{FormatPlainProgress.Line(result)}, but who knows nothing has {result.Task.GuessLoss:F4}.")
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

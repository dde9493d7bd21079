using System.Globalization;
using FastAdam.Convergence.Formats;
using Spectre.Console;

namespace FastAdam.Convergence.Reports;

/// <summary>Prints what the formats came to as a table.</summary>
internal static class FormatTable
{
    public static void Print(IAnsiConsole console, IReadOnlyList<FormatSummary> summaries, FormatComparison comparison)
    {
        var table = new Table();
        table.AddColumn("Task");
        table.AddColumn(Number("Learning rate"));
        table.AddColumn("Format");
        table.AddColumn(Number("Final loss"));
        table.AddColumn(Number("To f32"));
        table.AddColumn(Number("Standard errors"));
        foreach (FormatSummary summary in summaries)
        {
            bool isReference = summary.Format == StorageFormat.All[0];
            table.AddRow(
                summary.Task.Name,
                summary.LearningRate.ToString(CultureInfo.InvariantCulture),
                summary.Format.Name,
                summary.MeanLoss.ToString("F4", CultureInfo.InvariantCulture),
                isReference ? "-" : Percent(summary.RelativeDifference),
                isReference ? "-" : summary.StandardErrors?.ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture) ?? "-");
        }

        string steps = string.Join(
            ", ", comparison.Tasks.Select(task => string.Create(CultureInfo.InvariantCulture, $"{task.Name} {task.Steps}")));
        table.Caption(string.Create(
            CultureInfo.InvariantCulture,
            $"AdamW, seeds {string.Join(", ", comparison.Seeds)}, steps: {steps}. Final loss: mean held-out loss after the last step, "
            + $"mean over the seeds. Standard errors: of the differences to f32 with the same seed."));
        console.Write(table);
    }

    public static string Percent(double share) =>
        (100 * share).ToString("+0.00' %';-0.00' %';0.00' %'", CultureInfo.InvariantCulture);

    private static TableColumn Number(string header) => new(header) { Alignment = Justify.Right };
}

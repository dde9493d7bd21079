using System.Globalization;
using Spectre.Console;

namespace FastAdam.Convergence.Reports;

/// <summary>Prints the results as a table.</summary>
internal static class ResultTable
{
    public static void Print(IAnsiConsole console, IReadOnlyList<TrainingResult> results, TrainingSettings settings, string isa)
    {
        Table table = new Table()
            .AddColumn("Configuration")
            .AddColumn(Numbers("Test accuracy"))
            .AddColumn(Numbers("Final loss"))
            .AddColumn(Numbers("ns/parameter"))
            .AddColumn("ISA");
        foreach (TrainingResult result in results)
        {
            table.AddRow(
                result.Configuration.Name,
                result.TestAccuracy.ToString("F4", CultureInfo.InvariantCulture),
                result.FinalLoss.ToString("F4", CultureInfo.InvariantCulture),
                result.NanosecondsPerParameter.ToString("F3", CultureInfo.InvariantCulture),
                isa);
        }

        Configuration reference = Configuration.Reference;
        table.Caption(string.Create(
            CultureInfo.InvariantCulture,
            $"{reference.Optimizer}, learning rate {reference.Options.LearningRate}, seed {settings.Seed}. "
            + $"ns/parameter: median optimizer step."));
        console.Write(table);
    }

    private static TableColumn Numbers(string header) => new TableColumn(header).RightAligned();
}

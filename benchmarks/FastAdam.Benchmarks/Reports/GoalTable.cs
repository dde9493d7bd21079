using System.Globalization;
using FastAdam.Benchmarks.Measuring;
using Spectre.Console;

namespace FastAdam.Benchmarks.Reports;

/// <summary>Prints what was to be reached and what was seen.</summary>
internal static class GoalTable
{
    private const string Absent = "-";

    public static void Print(IAnsiConsole console, IReadOnlyList<Result> results)
    {
        Table table = new Table()
            .Title("Goals: medians of ratios within rounds")
            .Border(TableBorder.Simple)
            .AddColumn("goal")
            .AddColumn(new TableColumn("seen").RightAligned())
            .AddColumn("met");
        foreach (Goal goal in Goal.All)
        {
            double? seen = results.Select(goal.See).FirstOrDefault(value => value is not null);
            table.AddRow(
                goal.Text,
                seen?.ToString("F2", CultureInfo.InvariantCulture) ?? Absent,
                seen is { } value ? goal.IsMet(value, goal.Bound) ? "yes" : "NO" : Absent);
        }

        console.Write(table);
    }
}

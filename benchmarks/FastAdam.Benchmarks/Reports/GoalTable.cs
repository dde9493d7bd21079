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
            .AddColumn("met")
            .AddColumn(new TableColumn("libtorch called from C++").RightAligned());
        foreach (Goal goal in Goal.All)
        {
            double? seen = First(results, goal.See);
            table.AddRow(
                goal.Text,
                Number(seen),
                seen is { } value ? goal.IsMet(value, goal.Bound) ? "yes" : "NO" : Absent,
                Number(First(results, goal.SeeDirect)));
        }

        console.Write(table);
    }

    private static double? First(IReadOnlyList<Result> results, Func<Result, double?> see) =>
        results.Select(see).FirstOrDefault(value => value is not null);

    private static string Number(double? value) => value?.ToString("F2", CultureInfo.InvariantCulture) ?? Absent;
}

using Spectre.Console;

namespace FastAdam.Convergence.Reports;

/// <summary>Prints the results as a table.</summary>
internal static class ResultTable
{
    public static void Print(
        IAnsiConsole console, IReadOnlyList<Column> columns, IReadOnlyList<TrainingResult> results, string caption)
    {
        var table = new Table();
        foreach (Column column in columns)
        {
            table.AddColumn(new TableColumn(column.Header) { Alignment = column.IsNumber ? Justify.Right : null });
        }

        foreach (TrainingResult result in results)
        {
            table.AddRow([.. columns.Select(column => column.Value(result))]);
        }

        table.Caption(caption);
        console.Write(table);
    }
}

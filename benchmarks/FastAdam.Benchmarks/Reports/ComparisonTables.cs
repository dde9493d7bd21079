using System.Globalization;
using FastAdam.Benchmarks.Cases;
using FastAdam.Benchmarks.Contenders;
using FastAdam.Benchmarks.Measuring;
using Spectre.Console;

namespace FastAdam.Benchmarks.Reports;

/// <summary>Prints all results but those of formats: a table for each rule, storage and number of threads.</summary>
internal static class ComparisonTables
{
    private const string Absent = "-";

    public static void Print(IAnsiConsole console, IReadOnlyList<Result> results, bool hasLibTorch)
    {
        var rows = results.SelectMany(result => result.Series.Select(series => (Result: result, Series: series)))
            .Where(row => !row.Series.Case.ComparesFormats);
        foreach (var group in rows.GroupBy(row => (row.Series.Case.Work, row.Series.Case.DType, row.Series.Case.Threads)))
        {
            Table table = NewTable(group.Key.Work, group.Key.DType, group.Key.Threads, hasLibTorch);
            foreach (var measured in group.GroupBy(row => row.Series.Case))
            {
                table.AddEmptyRow();
                foreach ((Result result, Series series) in measured)
                {
                    table.AddRow(Cells(result, series));
                }
            }

            console.Write(table);
        }
    }

    private static Table NewTable(Work work, DType dtype, int threads, bool hasLibTorch) => new Table()
        .Title(string.Create(
            CultureInfo.InvariantCulture,
            $"{work.Name}, {dtype.Name}, {threads} thread{(threads == 1 ? "" : "s")}, {work.TrafficBytes(dtype)} bytes per element"))
        .Border(TableBorder.Simple)
        .AddColumn("case")
        .AddColumn(Numbers("n"))
        .AddColumn("kernel")
        .AddColumn("code")
        .AddColumn(Numbers("ns/element"))
        .AddColumn(Numbers("least"))
        .AddColumn(Numbers("GB/s"))
        .AddColumn(Numbers("of the limit (least; middle half)"))
        .AddColumn(Numbers(hasLibTorch ? "x libtorch (least; middle half)" : "x libtorch: not available"))
        .AddColumn(Numbers("rounds"));

    private static string[] Cells(Result result, Series series) =>
    [
        series.Case.Name,
        Sizes.Format(series.Case.Length),
        KernelNames.Of(series.Kernel),
        series.Isa,
        Number(series.NanosecondsPerElement),
        Number(series.LeastNanosecondsPerElement),
        series.GigabytesPerSecond.ToString("F1", CultureInfo.InvariantCulture),
        Ratio(result.Speedup(series, Kernel.Limit)),
        Ratio(result.Speedup(series, Kernel.LibTorch)),
        series.Nanoseconds.Count.ToString(CultureInfo.InvariantCulture),
    ];

    private static string Ratio(Statistics? ratio) => ratio is { } r
        ? string.Create(CultureInfo.InvariantCulture, $"{r.Median:F2} ({r.Min:F2}; {r.Low:F2} to {r.High:F2})")
        : Absent;

    private static string Number(double value) => value.ToString("F3", CultureInfo.InvariantCulture);

    private static TableColumn Numbers(string header) => new TableColumn(header).RightAligned();
}

using System.Globalization;
using FastAdam.Benchmarks.Cases;
using FastAdam.Benchmarks.Contenders;
using FastAdam.Benchmarks.Measuring;
using Spectre.Console;

namespace FastAdam.Benchmarks.Reports;

/// <summary>Prints the results of the case of formats: a table for each length and number of threads, in which the formats follow one
/// another.</summary>
internal static class FormatTables
{
    private const string Absent = "-";

    public static void Print(IAnsiConsole console, IReadOnlyList<Result> results)
    {
        foreach (Result result in results.Where(result => result.Scenario.Cases[0].ComparesFormats))
        {
            Table table = NewTable(result.Scenario.Cases[0]);
            foreach (var format in result.Series.GroupBy(series => series.Case.DType))
            {
                table.AddEmptyRow();
                foreach (Series series in format)
                {
                    table.AddRow(Cells(result, series));
                }
            }

            console.Write(table);
        }
    }

    private static Table NewTable(Case measured) => new Table()
        .Title(string.Create(
            CultureInfo.InvariantCulture,
            $"{measured.Work}, formats, n = {Sizes.Format(measured.Length)}, "
            + $"{measured.Threads} thread{(measured.Threads == 1 ? "" : "s")}"))
        .Border(TableBorder.Simple)
        .AddColumn("dtype")
        .AddColumn(Numbers("bytes/element"))
        .AddColumn("kernel")
        .AddColumn("code")
        .AddColumn(Numbers("ns/element"))
        .AddColumn(Numbers("least"))
        .AddColumn(Numbers("GB/s"))
        .AddColumn(Numbers("x FastAdam's f32 (least; middle half)"))
        .AddColumn(Numbers("of its limit (least; middle half)"))
        .AddColumn(Numbers("rounds"));

    private static string[] Cells(Result result, Series series) =>
    [
        series.Case.DType.Name,
        Number(series.Case.TrafficBytes, "F1"),
        KernelNames.Of(series.Kernel),
        series.Isa,
        Number(series.NanosecondsPerElement, "F3"),
        Number(series.LeastNanosecondsPerElement, "F3"),
        Number(series.GigabytesPerSecond, "F1"),
        Ratio(result.SpeedupOverF32(series)),
        Ratio(result.Speedup(series, Kernel.Limit)),
        series.Nanoseconds.Count.ToString(CultureInfo.InvariantCulture),
    ];

    private static string Ratio(Statistics? ratio) => ratio is { } r
        ? string.Create(CultureInfo.InvariantCulture, $"{r.Median:F2} ({r.Min:F2}; {r.Low:F2} to {r.High:F2})")
        : Absent;

    private static string Number(double value, string digits) => value.ToString(digits, CultureInfo.InvariantCulture);

    private static TableColumn Numbers(string header) => new TableColumn(header).RightAligned();
}

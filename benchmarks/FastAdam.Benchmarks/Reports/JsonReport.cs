using System.Text.Json;
using FastAdam.Benchmarks.Contenders;
using FastAdam.Benchmarks.Measuring;

namespace FastAdam.Benchmarks.Reports;

/// <summary>Writes all results as one JSON list.</summary>
internal static class JsonReport
{
    /// <param name="results">What was measured.</param>
    /// <param name="file">Takes the place of what it holds.</param>
    public static void Save(IReadOnlyList<Result> results, FileInfo file)
    {
        IReadOnlyList<JsonRow> rows = [.. results.SelectMany(result => result.Series.Select(series => Row(result, series)))];
        using FileStream stream = file.Create();
        JsonSerializer.Serialize(stream, rows, JsonRowContext.Default.IReadOnlyListJsonRow);
    }

    private static JsonRow Row(Result result, Series series) => new(
        KernelNames.Of(series.Kernel),
        $"{series.Case.Name}/{series.Isa}",
        series.Case.Work.Name,
        series.Case.DType.Name,
        series.Case.Length,
        series.Case.Threads,
        series.NanosecondsPerElement,
        series.LeastNanosecondsPerElement,
        series.Case.TrafficBytes,
        series.GigabytesPerSecond,
        result.Speedup(series, Kernel.Limit)?.Median,
        result.Speedup(series, Kernel.LibTorch)?.Median,
        result.SpeedupOverF32(series)?.Median,
        series.Nanoseconds.Count);
}

using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace FastAdam.Benchmarks.Suites;

/// <summary>How fast a step moves its arrays, whose storage types are those of the suite, or single precision.</summary>
internal sealed class GigabytesPerSecondColumn : IColumn
{
    public string Id => nameof(GigabytesPerSecondColumn);

    public string ColumnName => "GB/s";

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public string Legend => "Four arrays read and three written, by the mean time; 1 GB is 10^9 bytes";

    public bool IsAvailable(Summary summary) => true;

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) =>
        GetValue(summary, benchmarkCase, SummaryStyle.Default);

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) =>
        summary[benchmarkCase]?.ResultStatistics is { } statistics
            ? (Bytes(benchmarkCase) / statistics.Mean).ToString("F1", CultureInfo.InvariantCulture)
            : "-";

    private static double Bytes(BenchmarkCase benchmarkCase)
    {
        Type[] types = benchmarkCase.Descriptor.Type.GetGenericArguments();
        long length = (int)benchmarkCase.Parameters[nameof(UpdateBenchmarks<float, float>.Length)];
        (int parameter, int state) = types is [var first, var second] ? (Size(first), Size(second)) : (sizeof(float), sizeof(float));
        return length * ((3 * parameter) + (4 * state));
    }

    private static int Size(Type type) => type == typeof(float) ? sizeof(float) : sizeof(ushort);
}

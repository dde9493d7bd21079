using FastAdam.Benchmarks.Cases;
using FastAdam.Benchmarks.Contenders;

namespace FastAdam.Benchmarks.Measuring;

/// <summary>A scenario and what was measured in it.</summary>
internal sealed record Result(Scenario Scenario, IReadOnlyList<Series> Series)
{
    /// <summary>How many times as fast as another kernel in the same case one was; null where that did not take part.</summary>
    /// <param name="series">The one.</param>
    /// <param name="reference">The other.</param>
    public Statistics? Speedup(Series series, Kernel reference) =>
        Find(reference, series.Case) is { } other ? series.SpeedupOver(other) : null;

    /// <summary>How many times as fast as FastAdam in fp32 a kernel was in the case of formats; null in other cases.</summary>
    /// <param name="series">The kernel.</param>
    public Statistics? SpeedupOverF32(Series series) =>
        series.Case.ComparesFormats && Find(Kernel.FastAdam, series.Case with { DType = DType.F32 }) is { } f32
            ? series.SpeedupOver(f32)
            : null;

    public Series? Find(Kernel kernel, Case measured) =>
        Series.FirstOrDefault(series => series.Kernel == kernel && series.Case == measured);
}

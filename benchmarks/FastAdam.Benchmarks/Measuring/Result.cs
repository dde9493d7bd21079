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

    public Series? Find(Kernel kernel, Case measured) =>
        Series.FirstOrDefault(series => series.Kernel == kernel && series.Case == measured);
}

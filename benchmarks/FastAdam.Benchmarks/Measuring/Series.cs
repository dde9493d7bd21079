using FastAdam.Benchmarks.Cases;
using FastAdam.Benchmarks.Contenders;

namespace FastAdam.Benchmarks.Measuring;

/// <summary>What a kernel was measured at in a case.</summary>
/// <param name="Case">The case.</param>
/// <param name="Kernel">The kernel.</param>
/// <param name="Isa">The instruction set of its code.</param>
/// <param name="Nanoseconds">Of a call, in each of the first rounds.</param>
internal sealed record Series(Case Case, Kernel Kernel, string Isa, IReadOnlyList<double> Nanoseconds)
{
    public double NanosecondsPerCall => Statistics.Of(Nanoseconds).Median;

    public double NanosecondsPerElement => NanosecondsPerCall / Case.Length;

    public double LeastNanosecondsPerElement => Nanoseconds.Min() / Case.Length;

    /// <summary>A byte in a nanosecond is 1 GB/s.</summary>
    public double GigabytesPerSecond => Case.TrafficBytes / NanosecondsPerElement;

    /// <summary>How many times as fast as another one this was, round by round.</summary>
    /// <param name="other">Measured in the same rounds.</param>
    public Statistics SpeedupOver(Series other) => Statistics.Of([.. other.Nanoseconds.Zip(Nanoseconds, (o, mine) => o / mine)]);
}

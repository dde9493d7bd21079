namespace FastAdam.Benchmarks.Cases;

/// <summary>One update to be measured.</summary>
/// <param name="Name">What tells it from others of the same storage, length and number of threads.</param>
/// <param name="DType">The storage.</param>
/// <param name="Lengths">Elements of each tensor: one, or those of a list that is updated by one call.</param>
/// <param name="Threads">The threads that a call may use.</param>
internal sealed record Case(string Name, DType DType, IReadOnlyList<long> Lengths, int Threads)
{
    /// <summary>What a call does.</summary>
    public Work Work { get; init; } = Work.AdamW;

    /// <summary>What a call must move for an element.</summary>
    public double TrafficBytes => Work.TrafficBytes(DType);

    /// <summary>What the arrays hold.</summary>
    public Values Values { get; init; } = Values.Training;

    /// <summary>Whether every call is for the same step, not for the next one.</summary>
    public bool SameStep { get; init; }

    /// <summary>Steps made before the measurement.</summary>
    public int StepsBefore { get; init; }

    /// <summary>Whether it is for comparing storages with fp32, by the fastest kernels only.</summary>
    public bool ComparesFormats => Name == Scenarios.Formats;

    /// <summary>Elements in all tensors.</summary>
    public long Length { get; } = Lengths.Sum();
}

namespace FastAdam.Benchmarks.Contenders;

/// <summary>The arrays of a tensor.</summary>
internal readonly unsafe struct Tensor(byte* parameters, byte* gradients, byte* expAvg, byte* expAvgSq, byte* maxExpAvgSq, long length)
{
    public byte* Parameters { get; } = parameters;

    public byte* Gradients { get; } = gradients;

    public byte* ExpAvg { get; } = expAvg;

    public byte* ExpAvgSq { get; } = expAvgSq;

    /// <summary>Null where the rule keeps no third array.</summary>
    public byte* MaxExpAvgSq { get; } = maxExpAvgSq;

    /// <summary>Elements in each array.</summary>
    public long Length { get; } = length;
}

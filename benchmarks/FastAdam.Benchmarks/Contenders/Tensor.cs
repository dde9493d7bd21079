namespace FastAdam.Benchmarks.Contenders;

/// <summary>The four arrays of a tensor.</summary>
internal readonly unsafe struct Tensor(byte* parameters, byte* gradients, byte* expAvg, byte* expAvgSq, long length)
{
    public byte* Parameters { get; } = parameters;

    public byte* Gradients { get; } = gradients;

    public byte* ExpAvg { get; } = expAvg;

    public byte* ExpAvgSq { get; } = expAvgSq;

    /// <summary>Elements in each array.</summary>
    public long Length { get; } = length;
}

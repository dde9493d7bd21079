namespace FastAdam.Kernels;

/// <summary>The four arrays of one update, of the same length, without overlap, each in its own storage type.</summary>
internal readonly unsafe struct Streams(void* parameters, void* gradients, void* expAvg, void* expAvgSq, nuint length)
{
    public byte* Parameters { get; } = (byte*)parameters;

    public byte* Gradients { get; } = (byte*)gradients;

    public byte* ExpAvg { get; } = (byte*)expAvg;

    public byte* ExpAvgSq { get; } = (byte*)expAvgSq;

    /// <summary>Elements in each array.</summary>
    public nuint Length { get; } = length;
}

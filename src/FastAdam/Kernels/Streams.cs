namespace FastAdam.Kernels;

/// <summary>The four arrays of one update, of the same length, without overlap, each in its own storage type.</summary>
internal readonly unsafe struct Streams(void* parameters, void* gradients, void* expAvg, void* expAvgSq, nuint length)
    : IEquatable<Streams>
{
    public byte* Parameters { get; } = (byte*)parameters;

    public byte* Gradients { get; } = (byte*)gradients;

    public byte* ExpAvg { get; } = (byte*)expAvg;

    public byte* ExpAvgSq { get; } = (byte*)expAvgSq;

    /// <summary>Elements in each array.</summary>
    public nuint Length { get; } = length;

    public bool Equals(Streams other) =>
        Parameters == other.Parameters
        && Gradients == other.Gradients
        && ExpAvg == other.ExpAvg
        && ExpAvgSq == other.ExpAvgSq
        && Length == other.Length;

    public override bool Equals(object? obj) => obj is Streams other && Equals(other);

    public override int GetHashCode() =>
        HashCode.Combine((nuint)Parameters, (nuint)Gradients, (nuint)ExpAvg, (nuint)ExpAvgSq, Length);
}

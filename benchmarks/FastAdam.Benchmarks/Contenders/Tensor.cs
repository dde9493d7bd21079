namespace FastAdam.Benchmarks.Contenders;

/// <summary>The arrays of a tensor. Those of the state are null where the rule keeps none there.</summary>
internal readonly unsafe struct Tensor(byte* parameters, byte* gradients, byte* first, byte* second, byte* third, byte* fourth, long length)
{
    public byte* Parameters { get; } = parameters;

    public byte* Gradients { get; } = gradients;

    /// <summary>The first state array: Adam's exp_avg.</summary>
    public byte* ExpAvg { get; } = first;

    /// <summary>The second state array: Adam's exp_avg_sq.</summary>
    public byte* ExpAvgSq { get; } = second;

    public byte* Third { get; } = third;

    public byte* Fourth { get; } = fourth;

    /// <summary>Elements in each array.</summary>
    public long Length { get; } = length;

    /// <summary>The arrays from an element on.</summary>
    /// <param name="element">The element.</param>
    /// <param name="parameterBytes">Of an element of parameters and gradients.</param>
    /// <param name="stateBytes">Of an element of the state.</param>
    /// <param name="length">Elements that are left.</param>
    public Tensor From(long element, int parameterBytes, int stateBytes, long length)
    {
        (long p, long s) = (element * parameterBytes, element * stateBytes);
        return new(
            Parameters + p,
            Gradients + p,
            ExpAvg == null ? null : ExpAvg + s,
            ExpAvgSq == null ? null : ExpAvgSq + s,
            Third == null ? null : Third + s,
            Fourth == null ? null : Fourth + s,
            length);
    }
}

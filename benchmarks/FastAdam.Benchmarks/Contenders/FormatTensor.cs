using FastAdam.Benchmarks.Cases;

namespace FastAdam.Benchmarks.Contenders;

/// <summary>The arrays of a tensor in a format. Those that the format does not have are null.</summary>
internal unsafe struct FormatTensor
{
    /// <summary>The parameters, or their upper halves.</summary>
    public byte* Parameters;

    /// <summary>The parameters' lower halves, or their copy.</summary>
    public byte* Second;

    public byte* Gradients;

    /// <summary>The first moment, or its codes.</summary>
    public byte* ExpAvg;

    /// <summary>The second moment, or its codes.</summary>
    public byte* ExpAvgSq;

    /// <summary>The first moment's scales.</summary>
    public float* ExpAvgScales;

    /// <summary>The second moment's scales.</summary>
    public float* ExpAvgSqScales;

    /// <summary>Elements.</summary>
    public long Length;

    /// <summary>The arrays from a block on.</summary>
    /// <param name="format">The format.</param>
    /// <param name="element">The first element of the block.</param>
    /// <param name="length">Elements that are left.</param>
    public readonly FormatTensor From(Format format, long element, long length) => new()
    {
        Parameters = Parameters + (element * format.ParameterBytes),
        Second = Second == null ? null : Second + (element * format.SecondBytes),
        Gradients = Gradients + (element * format.GradientBytes),
        ExpAvg = ExpAvg + (element * format.MomentBytes),
        ExpAvgSq = ExpAvgSq + (element * format.MomentBytes),
        ExpAvgScales = ExpAvgScales == null ? null : ExpAvgScales + (element / Format.Block),
        ExpAvgSqScales = ExpAvgSqScales == null ? null : ExpAvgSqScales + (element / Format.Block),
        Length = length,
    };
}

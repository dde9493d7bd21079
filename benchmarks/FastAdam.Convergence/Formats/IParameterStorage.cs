namespace FastAdam.Convergence.Formats;

/// <summary>The parameters of one tensor, as a format stores them.</summary>
internal interface IParameterStorage : IDisposable
{
    /// <summary>The array that a step updates.</summary>
    TensorArray Array { get; }

    /// <summary>Stores single-precision numbers: the initial ones.</summary>
    void Write(ReadOnlySpan<float> source);

    /// <summary>The numbers that the network calculates with.</summary>
    void Read(Span<float> destination);
}

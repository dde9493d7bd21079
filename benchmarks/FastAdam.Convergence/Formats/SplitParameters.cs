namespace FastAdam.Convergence.Formats;

/// <summary>
/// Parameters in two halves, of which a step makes whole fp32 numbers again. The network calculates with the
/// upper ones, the nearest bf16.
/// </summary>
internal sealed unsafe class SplitParameters(int length) : IParameterStorage
{
    private readonly AlignedBuffer<BFloat16> _upper = new(length, threads: 1);
    private readonly AlignedBuffer<ushort> _lower = new(length, threads: 1);

    public TensorArray Array => TensorArray.Split(_upper.Pointer, _lower.Pointer);

    public void Write(ReadOnlySpan<float> source) => Array.Encode(source);

    public void Read(Span<float> destination) => Storage.Widen<BFloat16>(_upper.Span, destination);

    public void Dispose()
    {
        _upper.Dispose();
        _lower.Dispose();
    }
}

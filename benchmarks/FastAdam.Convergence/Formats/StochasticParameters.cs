namespace FastAdam.Convergence.Formats;

/// <summary>Parameters in bf16 that a step rounds at random; the initial ones are rounded to nearest.</summary>
internal sealed unsafe class StochasticParameters(int length) : IParameterStorage
{
    private readonly AlignedBuffer<BFloat16> _numbers = new(length, threads: 1);

    public TensorArray Array => TensorArray.Stochastic(_numbers.Pointer);

    public void Write(ReadOnlySpan<float> source) => Storage.Narrow(source, _numbers.Span);

    public void Read(Span<float> destination) => Storage.Widen<BFloat16>(_numbers.Span, destination);

    public void Dispose() => _numbers.Dispose();
}

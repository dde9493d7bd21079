namespace FastAdam.Convergence.Formats;

/// <summary>Parameters of one of the library's plain storage types, rounded to nearest.</summary>
internal sealed unsafe class PlainParameters<T>(int length) : IParameterStorage
    where T : unmanaged
{
    private readonly AlignedBuffer<T> _numbers = new(length, threads: 1);

    public TensorArray Array => TensorArray.Of(_numbers.Pointer);

    public void Write(ReadOnlySpan<float> source) => Storage.Narrow(source, _numbers.Span);

    public void Read(Span<float> destination) => Storage.Widen<T>(_numbers.Span, destination);

    public void Dispose() => _numbers.Dispose();
}

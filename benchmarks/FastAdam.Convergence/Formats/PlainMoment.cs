namespace FastAdam.Convergence.Formats;

/// <summary>A moment of one of the library's plain storage types, rounded to nearest.</summary>
internal sealed unsafe class PlainMoment<T>(int length) : IMomentStorage
    where T : unmanaged
{
    private readonly AlignedBuffer<T> _numbers = new(length, threads: 1);

    public TensorArray Array => TensorArray.Of(_numbers.Pointer);

    public long Bytes => (long)_numbers.Length * sizeof(T);

    public void Dispose() => _numbers.Dispose();
}

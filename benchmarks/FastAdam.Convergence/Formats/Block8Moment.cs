namespace FastAdam.Convergence.Formats;

/// <summary>A moment in the library's 8 bits: a code for each number and a scale for each block of 128.</summary>
internal sealed unsafe class Block8Moment(int length) : IMomentStorage
{
    private const int BlockLength = 128;

    private readonly AlignedBuffer<byte> _codes = new(length, threads: 1);
    private readonly AlignedBuffer<float> _scales = new((length + BlockLength - 1) / BlockLength, threads: 1);

    public TensorArray Array => TensorArray.Block8(_codes.Pointer, _scales.Pointer);

    public long Bytes => (long)_codes.Length + ((long)_scales.Length * sizeof(float));

    public void Dispose()
    {
        _codes.Dispose();
        _scales.Dispose();
    }
}

using FastAdam.Kernels;
using FastAdam.Memory;

namespace FastAdam.State;

/// <summary>A state array with its memory: zeros at first, which are zeros in every storage type.</summary>
internal sealed unsafe class StateBuffer : IDisposable
{
    private readonly ElementType _type;
    private readonly BlockHandle _array;
    private readonly BlockHandle? _part;

    /// <exception cref="OutOfMemoryException">The system does not give that much memory.</exception>
    public StateBuffer(ElementType type, nuint length, int threads)
    {
        _type = type;
        _array = new BlockHandle(length * (nuint)ElementTypes.Size(type), threads);
        try
        {
            _part = ElementTypes.PartName(type) is null ? null : new BlockHandle(ElementTypes.PartBytes(type, length), threads);
        }
        catch
        {
            _array.Dispose();
            throw;
        }
    }

    public TensorArray Array => new(_array.Start, _type, _part is null ? null : _part.Start);

    public nuint Bytes => _array.Bytes + (_part?.Bytes ?? 0);

    public void Dispose()
    {
        _array.Dispose();
        _part?.Dispose();
    }
}

using System.Buffers;

namespace FastAdam.Memory;

/// <summary>Keeps memory where it is until it is disposed of, or nobody refers to it any more.</summary>
internal sealed class PinnedMemory : IDisposable
{
    private MemoryHandle _handle;

    ~PinnedMemory() => _handle.Dispose();

    /// <summary>Takes over what keeps the memory.</summary>
    public void Take(MemoryHandle handle) => _handle = handle;

    public void Dispose()
    {
        _handle.Dispose();
        GC.SuppressFinalize(this);
    }
}

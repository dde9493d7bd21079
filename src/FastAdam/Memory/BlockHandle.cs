using System.Buffers;
using System.Runtime.InteropServices;

namespace FastAdam.Memory;

/// <summary>A block that is freed with its last holder.</summary>
internal sealed unsafe class BlockHandle : SafeHandle, IPinnable
{
    /// <summary>Allocates a block of zeros.</summary>
    /// <exception cref="OutOfMemoryException">There is no such block.</exception>
    public BlockHandle(nuint bytes, int threads)
        : base(0, ownsHandle: true)
    {
        SetHandle((nint)Block.Allocate(bytes, threads));
        Bytes = bytes;
        Press(GC.AddMemoryPressure);
    }

    public nuint Bytes { get; }

    public byte* Start => (byte*)handle;

    public override bool IsInvalid => handle == 0;

    /// <summary>Keeps the block until the handle is disposed of.</summary>
    public MemoryHandle Pin(int elementIndex)
    {
        bool isHeld = false;
        DangerousAddRef(ref isHeld);
        return new MemoryHandle(Start + elementIndex, default, this);
    }

    public void Unpin() => DangerousRelease();

    protected override bool ReleaseHandle()
    {
        Block.Free((byte*)handle);
        Press(GC.RemoveMemoryPressure);
        return true;
    }

    /// <summary>Without it the collector would see no reason to look for blocks that nobody refers to.</summary>
    private void Press(Action<long> change)
    {
        if (Bytes != 0)
        {
            change((long)Bytes);
        }
    }
}

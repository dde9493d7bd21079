using System.Buffers;
using FastAdam.Memory;

namespace FastAdam;

/// <summary>
/// An array outside of the garbage collector's heap, laid out for steps: moments above all, and parameters and gradients just
/// as well. Its elements are zero, as moments are before the first step.
/// </summary>
/// <typeparam name="T">What it holds; for steps <see cref="float"/>, <see cref="Half"/> or <see cref="BFloat16"/>.</typeparam>
/// <remarks>
/// <para>
/// It is aligned to 64 bytes. From 2 MiB on it is pages of its own: huge ones where Linux grants them, and written first, and so
/// placed, by several threads. Buffers start at staggered addresses, so that the four arrays of a tensor do not compete for
/// the same sets of the caches: allocate them one after the other.
/// </para>
/// <para>
/// The memory is freed by <see cref="Dispose"/>, or some time after the last reference to the buffer is gone. A
/// <see cref="Pointer"/> or <see cref="Span"/> is no such reference: dispose of the buffer after its last use, as <c>using</c>
/// does, or call <see cref="GC.KeepAlive"/>. Members may be called on any thread; to dispose of a buffer while another thread
/// uses its elements is an error that nothing detects.
/// </para>
/// </remarks>
public sealed unsafe class AlignedBuffer<T> : IDisposable
    where T : unmanaged
{
    private readonly BlockHandle _block;
    private bool _isDisposed;

    /// <summary>Allocates a buffer of zeros.</summary>
    /// <param name="length">Number of elements; 0 is valid.</param>
    /// <param name="threads">At most how many threads write it first: 0 for all that this process may use, 1 for the calling
    /// thread only. The same as for the steps is best.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="length"/> is negative, or so many elements have more bytes
    /// than there are addresses; or <paramref name="threads"/> is negative.</exception>
    /// <exception cref="OutOfMemoryException">The system does not give that much memory. One that promises more than it has may
    /// end the process instead.</exception>
    public AlignedBuffer(long length, int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)length, nuint.MaxValue / (nuint)sizeof(T), nameof(length));
        Length = (nuint)length;
        _block = new BlockHandle(Length * (nuint)sizeof(T), threads);
    }

    /// <summary>Number of elements, also after <see cref="Dispose"/>.</summary>
    public nuint Length { get; }

    /// <summary>The first element: never null, and aligned to 64 bytes.</summary>
    /// <exception cref="ObjectDisposedException">The memory was freed.</exception>
#pragma warning disable CA1720 // It is named as the type that it has.
    public T* Pointer
#pragma warning restore CA1720
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return (T*)_block.Start;
        }
    }

    /// <summary>All elements.</summary>
    /// <exception cref="InvalidOperationException">They are more than a span can hold: use <see cref="Pointer"/>.</exception>
    /// <exception cref="ObjectDisposedException">The memory was freed.</exception>
    public Span<T> Span
    {
        get
        {
            T* pointer = Pointer;
            return Length <= int.MaxValue ? new Span<T>(pointer, (int)Length) : throw new InvalidOperationException(
                $"A buffer of {Length} elements is longer than a span can be ({int.MaxValue}): use {nameof(Pointer)}.");
        }
    }

    /// <summary>Keeps the memory until the handle is disposed of, even where the buffer is before.</summary>
    /// <returns>The handle, whose pointer is <see cref="Pointer"/>. One that is never disposed of keeps the memory forever.</returns>
    /// <exception cref="ObjectDisposedException">The memory was freed.</exception>
    public MemoryHandle Pin()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return _block.Pin(0);
    }

    /// <summary>Frees the memory, or lets the last handle of <see cref="Pin"/> free it. Doing so again does nothing.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        _block.Dispose();
    }
}

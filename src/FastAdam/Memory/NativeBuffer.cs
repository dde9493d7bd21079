using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FastAdam.Memory;

/// <summary>Room for elements outside of the collector's heap, which a host may limit. It grows, and is freed as a whole.</summary>
internal unsafe struct NativeBuffer<T>
    where T : unmanaged
{
    /// <summary>The first element; null where there is none.</summary>
    public T* Pointer { get; private set; }

    /// <summary>How many elements there is room for.</summary>
    public nuint Capacity { get; private set; }

    /// <summary>Bytes that it takes.</summary>
    public readonly nuint Bytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Capacity * (nuint)sizeof(T);
    }

    public readonly ref T this[nuint index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref Pointer[index];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Span<T> AsSpan(nuint length) => new(Pointer, checked((int)length));

    /// <summary>Makes room for that many elements. What it held is lost where it had less.</summary>
    /// <exception cref="OutOfMemoryException">The system does not give that much: the buffer is as it was.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Reserve(nuint count)
    {
        if (count > Capacity)
        {
            Replace(count, kept: 0);
        }
    }

    /// <summary>Makes room for that many elements, with those that it held.</summary>
    /// <exception cref="OutOfMemoryException">The system does not give that much: the buffer is as it was.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Grow(nuint count)
    {
        if (count > Capacity)
        {
            Replace(nuint.Max(count, 2 * Capacity), Capacity);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Free()
    {
        NativeMemory.Free(Pointer);
        Pointer = null;
        Capacity = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Replace(nuint count, nuint kept)
    {
        // malloc takes sizes up to half of the address space.
        if (count > (nuint)nint.MaxValue / (nuint)sizeof(T))
        {
            throw Missing(count);
        }

        var replacement = (T*)Allocate(count * (nuint)sizeof(T));
        if (replacement == null)
        {
            throw Missing(count);
        }

        NativeMemory.Copy(Pointer, replacement, kept * (nuint)sizeof(T));
        Free();
        Pointer = replacement;
        Capacity = count;
    }

    /// <summary>Null where the system does not give that much.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void* Allocate(nuint bytes)
    {
        try
        {
            return NativeMemory.Alloc(bytes);
        }
        catch (OutOfMemoryException)
        {
            return null;
        }
    }

#pragma warning disable CA2201 // It is the runtime's exception for just this.
    private static OutOfMemoryException Missing(nuint count) =>
        new($"The work area of a step, {count} elements of {sizeof(T)} bytes, could not be allocated.");
#pragma warning restore CA2201
}

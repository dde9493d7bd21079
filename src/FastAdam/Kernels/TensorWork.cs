using System.Runtime.CompilerServices;

namespace FastAdam.Kernels;

/// <summary>One tensor of a step: its arrays and the kernel for them.</summary>
internal readonly record struct TensorWork(KernelKey Key, Streams Streams)
{
    /// <summary>Bytes that an element takes in the four arrays together.</summary>
    public uint ElementBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (uint)(KernelRegistry.ElementSize(Key.Parameters)
            + KernelRegistry.ElementSize(Key.Gradients)
            + KernelRegistry.ElementSize(Key.ExpAvg)
            + KernelRegistry.ElementSize(Key.ExpAvgSq));
    }

    /// <summary>Bytes of the four arrays together.</summary>
    public ulong Bytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (ulong)Streams.Length * ElementBytes;
    }

    /// <summary>The elements from one index up to another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe Streams Part(nuint start, nuint end) => new(
        Streams.Parameters + (start * (nuint)KernelRegistry.ElementSize(Key.Parameters)),
        Streams.Gradients + (start * (nuint)KernelRegistry.ElementSize(Key.Gradients)),
        Streams.ExpAvg + (start * (nuint)KernelRegistry.ElementSize(Key.ExpAvg)),
        Streams.ExpAvgSq + (start * (nuint)KernelRegistry.ElementSize(Key.ExpAvgSq)),
        end - start);
}

using System.Runtime.CompilerServices;

namespace FastAdam.Kernels;

/// <summary>How many threads a step is worth, and how large the pieces are that they take.</summary>
/// <param name="Threads">The most threads, the caller's among them.</param>
/// <param name="ThreadBytes">Bytes of arrays that are worth another thread.</param>
/// <param name="SmallestChunk">Bytes of arrays that are worth taking from the others.</param>
internal readonly record struct Parallelism(int Threads, ulong ThreadBytes, ulong SmallestChunk)
{
    // Measured with AVX-512 and float on two processors of a virtual machine that others used too: until a thread of the pool
    // takes its first chunk, 20 to 30 microseconds pass, in which the caller updates 2 MiB of arrays in its cache alone. Two
    // threads gained nothing at 1 MiB in all, between nothing and a quarter at 2 MiB, and a fifth at 4 MiB.
    private const ulong DefaultThreadBytes = 1 << 20;
    private const ulong DefaultSmallestChunk = 128 << 10;

    /// <summary>Elements in the shortest tensor that could be worth a second thread.</summary>
    public const uint ShortestShared = (uint)(2 * DefaultThreadBytes / (4 * sizeof(float)));

    /// <summary>For <see cref="AdamOptions.Threads"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Parallelism Of(int threads) => new(
        threads == 0 ? Environment.ProcessorCount : int.Min(threads, Environment.ProcessorCount),
        DefaultThreadBytes,
        DefaultSmallestChunk);

    /// <summary>Threads for a step over that many bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int ThreadsFor(ulong bytes) => bytes < 2 * ThreadBytes ? 1 : (int)ulong.Min((ulong)Threads, bytes / ThreadBytes);

    /// <summary>
    /// Bytes in the next chunk of a step that many threads work on, when so many bytes are left: half of a thread's share of them.
    /// Long runs of memory at first, since memory is read fastest in those, and short ones at the end, when the last thread to
    /// finish keeps the others waiting.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong ChunkFor(ulong bytesLeft, int threads) =>
        ulong.Min(bytesLeft, ulong.Max(SmallestChunk, bytesLeft / (2 * (ulong)threads)));
}

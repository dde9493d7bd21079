using System.Runtime.CompilerServices;

namespace FastAdam.Passes;

/// <summary>How many threads a step is worth, whose they are, and how large the pieces are that they take.</summary>
/// <param name="Threads">The most threads, the caller's among them.</param>
/// <param name="ThreadBytes">What is worth another thread, in bytes of arrays as if all elements were floats: 16-bit ones take the time
/// in their conversion that they save in reading.</param>
/// <param name="SmallestChunk">Bytes of arrays that are worth taking from the others.</param>
/// <param name="Executor">What lends the threads; the .NET pool where it is not there.</param>
internal readonly record struct Parallelism(int Threads, ulong ThreadBytes, ulong SmallestChunk, HostExecutor Executor = default)
{
    // Measured with AVX-512 (Zen 4) on two processors of a virtual machine. Where steps follow one upon the other, the pool's thread is
    // there in a microsecond, and two threads take 0.58 of one's time at 2 MiB already. Where the caller computes for some milliseconds
    // between them, as trainings do, it comes after 40 to 90 microseconds: two threads then took 1.17 and 1.33 of one's time at 2 MiB,
    // 0.84 and 1.07 at 4, 0.69 and 0.81 at 8 (one and five milliseconds between steps).
    private const ulong DefaultThreadBytes = 2 << 20;
    private const ulong DefaultSmallestChunk = 128 << 10;

    /// <summary>Elements in the shortest tensor that could be worth a second thread.</summary>
    public const uint ShortestShared = (uint)(2 * DefaultThreadBytes / (4 * sizeof(float)));

    /// <summary>For <see cref="StepOptions.Threads"/>, with the process's executor where the step has none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Parallelism Of(int threads, HostExecutor executor = default)
    {
        executor = executor.IsThere ? executor : HostExecutor.OfProcess;
        return new(
            executor.IsThere ? executor.Limit(threads) : LimitOfPool(threads), DefaultThreadBytes, DefaultSmallestChunk, executor);
    }

    /// <summary>Threads for a step over that many bytes, as if of floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int ThreadsFor(ulong floatBytes) => floatBytes < 2 * ThreadBytes ? 1 : (int)ulong.Min((ulong)Threads, floatBytes / ThreadBytes);

    /// <summary>
    /// Bytes in the next chunk of a step that many threads work on, when so many bytes are left: half of a thread's share of them.
    /// Long runs of memory at first, since memory is read fastest in those, and short ones at the end, when the last thread to
    /// finish keeps the others waiting.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong ChunkFor(ulong bytesLeft, int threads) =>
        ulong.Min(bytesLeft, ulong.Max(SmallestChunk, bytesLeft / (2 * (ulong)threads)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int LimitOfPool(int threads) =>
        threads == 0 ? Environment.ProcessorCount : int.Min(threads, Environment.ProcessorCount);
}

using System.Runtime.CompilerServices;
using FastAdam.Rules;

namespace FastAdam.Kernels;

/// <summary>
/// Makes passes over lists of tensors on the calling thread and threads of the .NET thread pool. All take chunks of the list,
/// one after another, until none is left. The caller waits only for threads that have come to work, never for ones that may still
/// come: where the pool is busy the caller does everything, and steps on the pool's own threads cannot wait for each other.
/// </summary>
/// <remarks>
/// Nothing here throws: everything has been checked before. The floating-point environment of the pool's threads is the default
/// one: they inherit it when they are started, in the C library from a thread for which its face has set it.
/// </remarks>
internal sealed class ParallelRun : IThreadPoolWorkItem
{
    // Turns of SpinWait, of which it spends the first ten spinning and all others yielding: some ten microseconds together, as
    // long as the others may need for the chunks that they have begun.
    private const int SpinsBeforeBlocking = 40;

    private const long Seat = 1L << 32;
    private const long PresentMask = Seat - 1;

    [ThreadStatic]
    private static ParallelRun? _kept;

    private readonly object _everyoneLeft = new();
    private readonly TensorWork[] _single = new TensorWork[1];
    private readonly ulong[] _singleEnd = new ulong[1];
    private readonly StepConstants[] _singleConstants = new StepConstants[1];

    // How many threads may still come, times Seat, and how many are present. All else is written while both are 0.
    private long _seats;

    // Calls of Execute that the pool still owes.
    private int _queued;

    private ListPass _pass;
    private Parallelism _parallelism;
    private int _threads;
    private ulong _nextByte;

    /// <summary>Runs the kernel of one tensor, which is not empty, on as many threads as it is worth, and that many at most; 0
    /// sets no limit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(in KernelKey key, in Streams streams, in StepConstants constants, int threads)
    {
        // The call of a short tensor, which costs little more than its update, does not pay for the decision.
        if (threads == 1 || streams.Length < Parallelism.ShortestShared)
        {
            KernelRegistry.Run(key, streams, constants);
        }
        else
        {
            Run(new TensorWork(key, streams), constants, Parallelism.Of(threads));
        }
    }

    /// <summary>Runs the kernel of one tensor, which is not empty.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in TensorWork tensor, in StepConstants constants, in Parallelism parallelism)
    {
        int threads = parallelism.ThreadsFor(tensor.FloatBytes);
        if (threads == 1)
        {
            KernelRegistry.Run(tensor.Key, tensor.Streams, constants);
            return;
        }

        ParallelRun run = Take();
        run._single[0] = tensor;
        run._singleEnd[0] = tensor.Bytes;
        run._singleConstants[0] = constants;
        run.Run(new ListPass(run._single, run._singleEnd, 1, run._singleConstants), threads, parallelism);
        _kept = run;
    }

    /// <summary>Makes a pass over a list.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in ListPass pass, in Parallelism parallelism)
    {
        int threads = parallelism.ThreadsFor(pass.FloatBytes);
        if (threads == 1)
        {
            pass.RunAll();
            return;
        }

        ParallelRun run = Take();
        run.Run(pass, threads, parallelism);
        _kept = run;
    }

    /// <summary>A thread of the pool comes to work: maybe for the step that it was called for, maybe for a later one of the same
    /// thread, maybe too late for any.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IThreadPoolWorkItem.Execute()
    {
        Interlocked.Decrement(ref _queued);
        if (TryEnter())
        {
            RunChunks();
            Leave();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ParallelRun Take()
    {
        // No longer the thread's while it is in use: a wait may run other code on this thread.
        ParallelRun run = _kept ?? new ParallelRun();
        _kept = null;
        return run;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Run(in ListPass pass, int threads, in Parallelism parallelism)
    {
        (_pass, _parallelism, _threads, _nextByte) = (pass, parallelism, threads, 0);
        Interlocked.Exchange(ref _seats, (threads - 1) * Seat);
        Call(threads - 1);
        RunChunks();
        Close();
        _pass = default;
    }

    /// <summary>Calls that many threads of the pool, less those that earlier steps have called in vain so far.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Call(int helpers)
    {
        try
        {
            for (int i = Volatile.Read(ref _queued); i < helpers; i++)
            {
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                Interlocked.Increment(ref _queued);
            }
        }
        catch (OutOfMemoryException)
        {
            // Then with those who come.
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryEnter()
    {
        long seats = Volatile.Read(ref _seats);
        while (seats >= Seat)
        {
            long before = Interlocked.CompareExchange(ref _seats, seats - Seat + 1, seats);
            if (before == seats)
            {
                return true;
            }

            seats = before;
        }

        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Leave()
    {
        if (Interlocked.Decrement(ref _seats) == 0)
        {
            lock (_everyoneLeft)
            {
                Monitor.Pulse(_everyoneLeft);
            }
        }
    }

    /// <summary>Lets nobody else in, and waits until those present have left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Close()
    {
        Interlocked.And(ref _seats, PresentMask);
        bool interrupted = false;
        while (Volatile.Read(ref _seats) != 0)
        {
            try
            {
                WaitUntilEveryoneLeft();
            }
            catch (ThreadInterruptedException)
            {
                // Not while others write to the caller's arrays.
                interrupted = true;
            }
        }

        if (interrupted)
        {
            Thread.CurrentThread.Interrupt();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void WaitUntilEveryoneLeft()
    {
        var spin = default(SpinWait);
        while (spin.Count < SpinsBeforeBlocking)
        {
            if (Volatile.Read(ref _seats) == 0)
            {
                return;
            }

            spin.SpinOnce(sleep1Threshold: -1);
        }

        lock (_everyoneLeft)
        {
            while (Volatile.Read(ref _seats) != 0)
            {
                Monitor.Wait(_everyoneLeft);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunChunks()
    {
        ulong bytes = _pass.Bytes;
        while (TryTake(bytes, out ulong start, out ulong end))
        {
            _pass.RunChunk(start, end);
        }
    }

    /// <summary>The next chunk of that many bytes; false when all have been taken.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryTake(ulong bytes, out ulong start, out ulong end)
    {
        ulong next = Volatile.Read(ref _nextByte);
        do
        {
            start = next;
            end = start + _parallelism.ChunkFor(bytes - start, _threads);
            next = Interlocked.CompareExchange(ref _nextByte, end, start);
        }
        while (next != start);

        return start < bytes;
    }
}

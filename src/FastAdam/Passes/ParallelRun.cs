using System.Runtime.CompilerServices;
using FastAdam.Kernels;
using FastAdam.Rules;

namespace FastAdam.Passes;

/// <summary>
/// Makes passes over lists of tensors on the calling thread and threads of the .NET thread pool, or on threads that a host lends. All
/// take chunks of the list, one after another, until none is left. The caller waits only for threads that have come to work, never for
/// ones that may still come: where the pool is busy the caller does everything, and steps on the pool's own threads cannot wait for each
/// other. What a host's threads have left the caller does, too.
/// </summary>
/// <remarks>
/// Nothing here throws: everything has been checked before. The floating-point environment of the pool's threads is the default
/// one: they inherit it when they are started, in the C library from a thread for which its face has set it. For a host's threads the
/// face sets it.
/// </remarks>
internal sealed unsafe class ParallelRun : IThreadPoolWorkItem
{
    // As many as ever were in use at once, by their numbers. None is dropped: a thread that comes late finds what it was called to.
    private static ParallelRun[] _all = [];

    private readonly Seats _seats = new();

    // What a host's threads know of it.
    private readonly nuint _number;

    private int _isInUse = 1;

    // Calls of Execute that the pool still owes.
    private int _queued;

    // Written while no seat is open and nobody is present.
    private ListPass _pass;
    private Parallelism _parallelism;
    private int _threads;
    private ulong _nextByte;

    private ParallelRun(nuint number) => _number = number;

    /// <summary>Runs the kernel of one tensor, which is not empty, on as many threads as it is worth, and that many at most; 0
    /// sets no limit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(in KernelKey key, in UpdateArrays arrays, in StepConstants constants, int threads)
    {
        // The call of a short tensor, which costs little more than its update, does not pay for the decision.
        if (threads == 1 || arrays.Length < Parallelism.ShortestShared)
        {
            KernelTable.Run(key, arrays, constants);
        }
        else
        {
            RunLong(key, arrays, constants, threads);
        }
    }

    /// <summary>Runs the kernel of one tensor, which is not empty.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in TensorWork tensor, in StepConstants constants, in Parallelism parallelism)
    {
        int threads = parallelism.ThreadsFor(tensor.FloatBytes);
        if (threads == 1)
        {
            KernelTable.Run(tensor.Key, tensor.Arrays, constants);
            return;
        }

        // Copies on this thread's stack, which the others read only until this method returns.
        TensorWork single = tensor;
        ulong end = tensor.Bytes;
        StepConstants singleConstants = constants;
        Share(new ListPass { Tensors = &single, Ends = &end, Count = 1, Constants = &singleConstants }, threads, parallelism);
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

        Share(pass, threads, parallelism);
    }

    /// <summary>A thread of a host comes to work, for a work by its number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Help(nuint work)
    {
        ParallelRun[] all = Volatile.Read(ref _all);
        if (work < (nuint)all.Length)
        {
            all[work].TakePart();
        }
    }

    /// <summary>A thread of the pool comes to work.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IThreadPoolWorkItem.Execute()
    {
        Interlocked.Decrement(ref _queued);
        TakePart();
    }

    /// <summary>A tensor that may be worth several threads. Inlined, its copies would be zeroed in every call of a short one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void RunLong(in KernelKey key, in UpdateArrays arrays, in StepConstants constants, int threads) =>
        Run(new TensorWork(key, arrays), constants, Parallelism.Of(threads));

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Share(in ListPass pass, int threads, in Parallelism parallelism)
    {
        ParallelRun run = Take();
        run.Run(pass, threads, parallelism);
        Volatile.Write(ref run._isInUse, 0);
    }

    /// <summary>One that nobody else uses.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static ParallelRun Take()
    {
        foreach (ParallelRun run in Volatile.Read(ref _all))
        {
            if (Volatile.Read(ref run._isInUse) == 0 && Interlocked.Exchange(ref run._isInUse, 1) == 0)
            {
                return run;
            }
        }

        return Add();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static ParallelRun Add()
    {
        while (true)
        {
            ParallelRun[] all = Volatile.Read(ref _all);
            var run = new ParallelRun((nuint)all.Length);
            if (Interlocked.CompareExchange(ref _all, [.. all, run], all) == all)
            {
                return run;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Run(in ListPass pass, int threads, in Parallelism parallelism)
    {
        (_pass, _parallelism, _threads, _nextByte) = (pass, parallelism, threads, 0);
        bool isInterrupted = false;
        if (parallelism.Executor.IsThere)
        {
            // This thread comes as the others do, where the host has it run a part.
            _seats.Open(threads);
            parallelism.Executor.Run(_number, threads);
        }
        else
        {
            _seats.Open(threads - 1);
            isInterrupted = Call(threads - 1);
        }

        RunChunks();
        isInterrupted |= _seats.Close();
        _pass = default;
        if (isInterrupted)
        {
            Thread.CurrentThread.Interrupt();
        }
    }

    /// <summary>Calls that many threads of the pool, less those that earlier steps have called in vain so far.</summary>
    /// <returns>Whether the thread was interrupted, which the pool's locks notice.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool Call(int helpers)
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
        catch (ThreadInterruptedException)
        {
            // Not before the others have left the caller's arrays.
            return true;
        }

        return false;
    }

    /// <summary>A thread comes to work: maybe for the step that it was called for, maybe for a later one, maybe too late for any.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TakePart()
    {
        if (_seats.TryEnter())
        {
            RunChunks();
            _seats.Leave();
        }
    }

    // Inlined, it would leave the JIT no budget for what it is made of.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
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

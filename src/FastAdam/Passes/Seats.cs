using System.Runtime.CompilerServices;

namespace FastAdam.Passes;

/// <summary>
/// Places of work for threads that may come or not. Whoever offers them waits only for threads that have come, never for ones that
/// may still come.
/// </summary>
internal sealed class Seats
{
    // Turns of SpinWait, of which it spends the first ten spinning and all others yielding: some ten microseconds together, as
    // long as the others may need for what they have begun.
    private const int SpinsBeforeBlocking = 40;

    private const long Seat = 1L << 32;
    private const long PresentMask = Seat - 1;

    private readonly object _everyoneLeft = new();

    // How many threads may still come, times Seat, and how many are present.
    private long _state;

    /// <summary>Offers that many, of which none may be open.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Open(int count) => Interlocked.Exchange(ref _state, count * Seat);

    /// <summary>Whether there was one for the calling thread, which must leave then.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryEnter()
    {
        long state = Volatile.Read(ref _state);
        while (state >= Seat)
        {
            long before = Interlocked.CompareExchange(ref _state, state - Seat + 1, state);
            if (before == state)
            {
                return true;
            }

            state = before;
        }

        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Leave()
    {
        if (Interlocked.Decrement(ref _state) == 0)
        {
            lock (_everyoneLeft)
            {
                Monitor.Pulse(_everyoneLeft);
            }
        }
    }

    /// <summary>Lets nobody else in, and waits until those present have left.</summary>
    /// <returns>Whether the thread was interrupted, in spite of which it has waited.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool Close()
    {
        Interlocked.And(ref _state, PresentMask);
        bool isInterrupted = false;
        while (Volatile.Read(ref _state) != 0)
        {
            try
            {
                WaitUntilEveryoneLeft();
            }
            catch (ThreadInterruptedException)
            {
                isInterrupted = true;
            }
        }

        return isInterrupted;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void WaitUntilEveryoneLeft()
    {
        var spin = default(SpinWait);
        while (spin.Count < SpinsBeforeBlocking)
        {
            if (Volatile.Read(ref _state) == 0)
            {
                return;
            }

            spin.SpinOnce(sleep1Threshold: -1);
        }

        lock (_everyoneLeft)
        {
            while (Volatile.Read(ref _state) != 0)
            {
                Monitor.Wait(_everyoneLeft);
            }
        }
    }
}

namespace FastAdam.Tests.Support;

/// <summary>While it lives, every thread of the pool waits, and so would those that the pool may start in the meantime.</summary>
internal sealed class BlockedThreadPool : IDisposable
{
    private const int MoreThanThePoolStarts = 64;

    private readonly ManualResetEventSlim _release = new();
    private readonly CountdownEvent _left = new(MoreThanThePoolStarts);

    public BlockedThreadPool()
    {
        using var one = new ManualResetEventSlim();
        for (int i = 0; i < MoreThanThePoolStarts; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                _ =>
                {
                    one.Set();
                    _release.Wait();
                    _left.Signal();
                },
                null);
        }

        one.Wait();
    }

    /// <summary>Lets the threads go, and returns when all that had been queued by now has run.</summary>
    public void Dispose()
    {
        _release.Set();
        _left.Wait();
        using var last = new CountdownEvent(Environment.ProcessorCount);
        for (int i = 0; i < Environment.ProcessorCount; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(_ => last.Signal(), null);
        }

        last.Wait();
        while (ThreadPool.PendingWorkItemCount > 0)
        {
            Thread.Yield();
        }

        _release.Dispose();
        _left.Dispose();
    }
}

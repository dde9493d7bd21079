namespace FastAdam.Benchmarks.Contenders;

/// <summary>
/// Threads that share a piece of work at next to no cost: between Begin and End of a turn they watch for it without ever sleeping.
/// </summary>
internal sealed class Team : IDisposable
{
    private readonly Action<int> _work;
    private readonly Thread[] _helpers;
    private readonly ManualResetEventSlim _awake = new(initialState: false, spinCount: 0);
    private volatile bool _disposed;
    private volatile int _generation;
    private int _pending;

    /// <summary>Starts the threads but the caller's, which is number 0.</summary>
    /// <param name="threads">All of them.</param>
    /// <param name="work">What a thread does, given its number.</param>
    public Team(int threads, Action<int> work)
    {
        _work = work;
        _helpers =
        [
            .. Enumerable.Range(1, threads - 1).Select(number => new Thread(() => Help(number)) { IsBackground = true }),
        ];
        foreach (Thread helper in _helpers)
        {
            helper.Start();
        }
    }

    public void Begin() => _awake.Set();

    /// <summary>All threads work; returns when all are done.</summary>
    public void Run()
    {
        Volatile.Write(ref _pending, _helpers.Length);
        _generation++;
        _work(0);
        while (Volatile.Read(ref _pending) != 0)
        {
            Thread.SpinWait(1);
        }
    }

    public void End() => _awake.Reset();

    public void Dispose()
    {
        _disposed = true;
        _awake.Set();
        foreach (Thread helper in _helpers)
        {
            helper.Join();
        }

        _awake.Dispose();
    }

    private void Help(int number)
    {
        int done = 0;
        while (true)
        {
            _awake.Wait();
            if (_disposed)
            {
                return;
            }

            if (_generation == done)
            {
                Thread.SpinWait(1);
                continue;
            }

            done = _generation;
            _work(number);
            Interlocked.Decrement(ref _pending);
        }
    }
}

namespace FastAdam.Benchmarks.Contenders;

/// <summary>
/// Threads that share a piece of work at next to no cost: between Begin and End of a turn they watch for it without ever sleeping.
/// </summary>
internal sealed class Team : IDisposable
{
    /// <summary>So seldom that it costs next to nothing, and often enough where two of the threads, or other programs', have got one
    /// processor.</summary>
    private const int SpinsBetweenYields = 64;

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
        for (int spins = 1; Volatile.Read(ref _pending) != 0; spins++)
        {
            Spin(spins);
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

    private static void Spin(int spins)
    {
        if (spins % SpinsBetweenYields == 0)
        {
            Thread.Yield();
        }
        else
        {
            Thread.SpinWait(1);
        }
    }

    private void Help(int number)
    {
        int done = 0;
        for (int spins = 1; ; spins++)
        {
            _awake.Wait();
            if (_disposed)
            {
                return;
            }

            if (_generation == done)
            {
                Spin(spins);
                continue;
            }

            done = _generation;
            _work(number);
            Interlocked.Decrement(ref _pending);
        }
    }
}

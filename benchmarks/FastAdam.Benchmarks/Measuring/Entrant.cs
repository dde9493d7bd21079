using System.Diagnostics;
using FastAdam.Benchmarks.Cases;
using FastAdam.Benchmarks.Contenders;

namespace FastAdam.Benchmarks.Measuring;

/// <summary>A kernel that takes part in a case, and its times so far.</summary>
internal sealed record Entrant(Case Case, Kernel Kernel, IContender Contender)
{
    private const double NanosecondsPerSecond = 1e9;

    /// <summary>Calls for which everything is prepared at once.</summary>
    private const int MostCallsAtOnce = 500;

    /// <summary>That a kernel steps before it is timed where several threads do: Linux was seen to wake threads on the processor of the
    /// one that calls them, although another is idle, and to move them some milliseconds later.</summary>
    private static readonly TimeSpan _settling = TimeSpan.FromMilliseconds(8);

    /// <summary>Of a call in each round.</summary>
    public List<double> Nanoseconds { get; } = [];

    /// <summary>One turn.</summary>
    /// <param name="calls">How many calls are timed.</param>
    /// <returns>Nanoseconds of a call.</returns>
    public double Turn(int calls)
    {
        if (Case.Threads > 1)
        {
            Settle();
        }

        Contender.Begin(calls + 1);
        Contender.Run(1);
        long start = Stopwatch.GetTimestamp();
        Contender.Run(calls);
        long end = Stopwatch.GetTimestamp();
        Contender.End();
        if (Case.Threads > 1)
        {
            Stillness.Await();
        }

        return (end - start) * (NanosecondsPerSecond / Stopwatch.Frequency) / calls;
    }

    private void Settle()
    {
        long start = Stopwatch.GetTimestamp();
        do
        {
            Contender.Begin(1);
            Contender.Run(1);
            Contender.End();
        }
        while (Stopwatch.GetElapsedTime(start) < _settling);
    }

    public void MakeStepsBefore()
    {
        for (int done = 0; done < Case.StepsBefore; done += MostCallsAtOnce)
        {
            int calls = Math.Min(MostCallsAtOnce, Case.StepsBefore - done);
            Contender.Begin(calls);
            Contender.Run(calls);
            Contender.End();
        }
    }
}

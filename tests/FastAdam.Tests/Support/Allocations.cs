using Xunit;

namespace FastAdam.Tests.Support;

/// <summary>What steps leave to the garbage collector.</summary>
internal static class Allocations
{
    // Many: on a busy machine each takes long, and something may happen in all of twenty.
    private const int Attempts = 1000;

    /// <summary>Requires that the calling thread allocates nothing there. A collection, which tests beside this one may cause, shows as
    /// some kilobytes at times: what a step allocates would show in every attempt.</summary>
    /// <param name="steps">Steps, after some that have made what a thread keeps.</param>
    public static void RequireNone(Action steps) => RequireNone(steps, GC.GetAllocatedBytesForCurrentThread);

    /// <summary>Requires that no thread allocates anything there. The test's own surroundings do now and then.</summary>
    /// <param name="steps">Steps, after some that have made what threads keep.</param>
    public static void RequireNoneOnAnyThread(Action steps) => RequireNone(steps, () => GC.GetTotalAllocatedBytes(precise: true));

    private static void RequireNone(Action steps, Func<long> total)
    {
        long allocated = long.MaxValue;
        for (int attempt = 0; attempt < Attempts && allocated != 0; attempt++)
        {
            long before = total();
            steps();
            allocated = total() - before;
        }

        Assert.True(allocated == 0, $"{allocated} bytes were allocated in each of {Attempts} attempts.");
    }
}

using Xunit;

namespace FastAdam.Tests.Support;

/// <summary>What steps leave to the garbage collector.</summary>
internal static class Allocations
{
    private const int Attempts = 20;

    /// <summary>Requires that the calling thread allocates nothing there. A collection, which tests beside this one may cause, shows as
    /// some kilobytes at times: what a step allocates would show in every attempt.</summary>
    /// <param name="steps">Steps, after some that have made what a thread keeps.</param>
    public static void RequireNone(Action steps)
    {
        long allocated = long.MaxValue;
        for (int attempt = 0; attempt < Attempts && allocated != 0; attempt++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            steps();
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.True(allocated == 0, $"{allocated} bytes were allocated in each of {Attempts} attempts.");
    }
}

using System.Diagnostics;

namespace FastAdam.Benchmarks.Measuring;

/// <summary>
/// Waits until this process uses no CPU any more. Threads of a parallel call go on watching for the next one for some milliseconds
/// (libtorch's, of GNU's OpenMP, longest), which is their right in their own turn and would slow down the next kernel in its.
/// </summary>
internal static class Stillness
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(1);
    private const int MostPauses = 50;
    private const double StillLoad = 0.3;

    /// <summary>Waits, as a program does that computes between two steps.</summary>
    public static void Await()
    {
        for (int pause = 0; pause < MostPauses; pause++)
        {
            TimeSpan before = Environment.CpuUsage.TotalTime;
            long start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start) < _pause)
            {
                Thread.SpinWait(1);
            }

            TimeSpan others = Environment.CpuUsage.TotalTime - before - Stopwatch.GetElapsedTime(start);
            if (others < StillLoad * _pause)
            {
                return;
            }
        }
    }
}

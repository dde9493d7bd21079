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

    public static void Await()
    {
        for (int pause = 0; pause < MostPauses; pause++)
        {
            TimeSpan before = Environment.CpuUsage.TotalTime;
            Thread.Sleep(_pause);
            if (Environment.CpuUsage.TotalTime - before < StillLoad * _pause)
            {
                return;
            }
        }
    }
}

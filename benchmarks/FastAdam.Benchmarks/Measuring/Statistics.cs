namespace FastAdam.Benchmarks.Measuring;

/// <summary>What is quoted of a number that was measured round by round.</summary>
/// <param name="Median">The middle one.</param>
/// <param name="Min">The least.</param>
/// <param name="Low">A quarter lies below.</param>
/// <param name="High">A quarter lies above.</param>
internal readonly record struct Statistics(double Median, double Min, double Low, double High)
{
    public static Statistics Of(IReadOnlyList<double> values)
    {
        double[] sorted = [.. values.Order()];
        return new(Quantile(sorted, 0.5), sorted[0], Quantile(sorted, 0.25), Quantile(sorted, 0.75));
    }

    private static double Quantile(double[] sorted, double share)
    {
        double position = share * (sorted.Length - 1);
        int below = (int)position;
        int above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((position - below) * (sorted[above] - sorted[below]));
    }
}

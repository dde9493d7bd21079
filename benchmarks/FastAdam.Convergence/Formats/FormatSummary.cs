using FastAdam.Convergence.Tasks;

namespace FastAdam.Convergence.Formats;

/// <summary>What a format came to with one task and learning rate, over the seeds, beside single precision.</summary>
internal sealed class FormatSummary
{
    private FormatSummary(ITrainingTask task, double learningRate, StorageFormat format, double[] losses, double[] references)
    {
        Task = task;
        LearningRate = learningRate;
        Format = format;
        MeanLoss = losses.Average();
        Differences = [.. losses.Zip(references, (loss, reference) => (loss / reference) - 1)];
        double[] absolute = [.. losses.Zip(references, (loss, reference) => loss - reference)];
        RelativeDifference = (MeanLoss / references.Average()) - 1;
        StandardErrors = InStandardErrors(absolute);
    }

    public ITrainingTask Task { get; }

    public double LearningRate { get; }

    public StorageFormat Format { get; }

    /// <summary>Mean final loss over the seeds.</summary>
    public double MeanLoss { get; }

    /// <summary>How much more that is than in single precision, as a share of it.</summary>
    public double RelativeDifference { get; }

    /// <summary>The same in standard errors of the mean of the differences, each of two trainings with the same seed; null where there
    /// is one seed only.</summary>
    public double? StandardErrors { get; }

    /// <summary>For each seed how much more its loss is than in single precision with the same seed, as a share of it.</summary>
    public IReadOnlyList<double> Differences { get; }

    /// <summary>In the order of the results, by task, learning rate and format.</summary>
    public static IReadOnlyList<FormatSummary> Of(IReadOnlyList<FormatResult> results) =>
    [
        .. from result in results
           group result by (result.Task, result.LearningRate) into series
           let references = Losses(series, StorageFormat.All[0])
           from format in series.Select(result => result.Format).Distinct()
           select new FormatSummary(series.Key.Task, series.Key.LearningRate, format, Losses(series, format), references),
    ];

    private static double[] Losses(IEnumerable<FormatResult> results, StorageFormat format) =>
        [.. results.Where(result => result.Format == format).OrderBy(result => result.Seed).Select(result => result.FinalLoss)];

    private static double? InStandardErrors(double[] differences)
    {
        if (differences.Length < 2)
        {
            return null;
        }

        double mean = differences.Average();
        double variance = differences.Sum(difference => (difference - mean) * (difference - mean)) / (differences.Length - 1);

        // All differences are zero where the same was calculated.
        return mean == 0 && variance == 0 ? 0 : mean / Math.Sqrt(variance / differences.Length);
    }
}

using System.Globalization;

namespace FastAdam.Convergence;

/// <summary>Checks test accuracies against bounds: a message where one is missed, else null.</summary>
internal static class AccuracyBounds
{
    public static string? AtLeast(double bound, TrainingResult result) =>
        result.TestAccuracy >= bound
            ? null
            : Missed(result, string.Create(CultureInfo.InvariantCulture, $"at least {bound}"));

    public static string? Within(double difference, TrainingResult reference, TrainingResult result) =>
        Math.Abs(result.TestAccuracy - reference.TestAccuracy) <= difference
            ? null
            : Missed(result, string.Create(
                CultureInfo.InvariantCulture, $"within {difference} of the {reference.TestAccuracy:F4} of {reference.Name}"));

    private static string Missed(TrainingResult result, string bound) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Name}: test accuracy must be {bound}, but is {result.TestAccuracy:F4}.");
}

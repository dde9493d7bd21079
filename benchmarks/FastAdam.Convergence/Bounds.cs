using System.Globalization;

namespace FastAdam.Convergence;

/// <summary>The test accuracies that FastAdam must reach on the digits after the default number of epochs.</summary>
internal static class Bounds
{
    private const double ReferenceAccuracy = 0.95;

    // Not for 16-bit moments: beta2 takes 0.1 % of the second moment a step, which rounds away in bfloat16; it can only grow.
    private const double LargestDifference = 0.01;

    /// <summary>One message for each configuration that misses its bound.</summary>
    public static IEnumerable<string> Missed(IReadOnlyList<TrainingResult> results)
    {
        double reference = results.Single(result => result.Configuration == Configuration.Reference).TestAccuracy;
        foreach (TrainingResult result in results)
        {
            if (result.Configuration == Configuration.Reference)
            {
                if (!(reference >= ReferenceAccuracy))
                {
                    yield return Message(result, $"must be at least {ReferenceAccuracy}");
                }
            }
            else if (result.Configuration.Moments == Storage.NameOf<float>()
                && !(Math.Abs(result.TestAccuracy - reference) <= LargestDifference))
            {
                yield return Message(result, string.Create(
                    CultureInfo.InvariantCulture,
                    $"must be within {LargestDifference} of the {reference:F4} of {Configuration.Reference.Name}"));
            }
        }
    }

    private static string Message(TrainingResult result, string bound) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Configuration.Name}: test accuracy {bound}, but is {result.TestAccuracy:F4}.");
}

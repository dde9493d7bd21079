using System.Globalization;

namespace FastAdam.Convergence.Reports;

/// <summary>Says in plain lines how the training goes, for output that is not a terminal.</summary>
internal sealed class PlainProgress(TextWriter output) : ITrainingObserver
{
    private const int EpochsBetweenLines = 10;

    public void EpochDone(Configuration configuration, int epoch, double loss)
    {
        // Many learning rates would be many lines: their configuration's one says enough.
        if (configuration.LearningRates.Count == 1 && epoch % EpochsBetweenLines == 0)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{configuration.Name}: epoch {epoch}, training loss {loss:F4}"));
        }
    }

    public void ConfigurationDone(TrainingResult result) =>
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{result.Name}: test accuracy {result.TestAccuracy:F4}"));
}

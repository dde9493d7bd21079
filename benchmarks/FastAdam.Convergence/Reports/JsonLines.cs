using System.Text.Json;

namespace FastAdam.Convergence.Reports;

/// <summary>Prints each configuration's result as one line of JSON as soon as it is there.</summary>
internal sealed class JsonLines(TextWriter output, string isa) : ITrainingObserver
{
    public void EpochDone(Configuration configuration, int epoch, double loss)
    {
    }

    public void ConfigurationDone(TrainingResult result)
    {
        var line = new JsonLine(
            result.Configuration.Optimizer,
            result.Configuration.Parameters,
            result.Configuration.Gradients,
            result.Configuration.Moments,
            isa,
            result.EpochLosses.Count,
            result.TestAccuracy,
            double.IsFinite(result.FinalLoss) ? result.FinalLoss : null,
            result.NanosecondsPerParameter);
        output.WriteLine(JsonSerializer.Serialize(line, JsonLineContext.Default.JsonLine));
        output.Flush();
    }
}

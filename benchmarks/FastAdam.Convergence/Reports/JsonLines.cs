namespace FastAdam.Convergence.Reports;

/// <summary>Prints each configuration's result as one line of JSON as soon as it is there.</summary>
internal sealed class JsonLines(TextWriter output, IComparison comparison) : ITrainingObserver
{
    public void EpochDone(Configuration configuration, int epoch, double loss)
    {
    }

    public void ConfigurationDone(TrainingResult result)
    {
        output.WriteLine(comparison.Json(result));
        output.Flush();
    }
}

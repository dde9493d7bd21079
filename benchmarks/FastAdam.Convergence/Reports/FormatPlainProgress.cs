using FastAdam.Convergence.Formats;

namespace FastAdam.Convergence.Reports;

/// <summary>Says in a plain line what each training came to, for output that is not a terminal.</summary>
internal sealed class FormatPlainProgress(TextWriter output) : IFormatObserver
{
    public static string Line(FormatResult result) => FormattableString.Invariant(
        $"{result.Task.Name}, learning rate {result.LearningRate}, {result.Format.Name}, seed {result.Seed}: loss {result.FinalLoss:F4}");

    public void Done(FormatResult result) => output.WriteLine(Line(result));
}

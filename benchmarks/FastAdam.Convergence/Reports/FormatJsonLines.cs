using System.Text.Json;
using FastAdam.Convergence.Formats;

namespace FastAdam.Convergence.Reports;

/// <summary>Prints the result of each training as one line of JSON as soon as it is there.</summary>
internal sealed class FormatJsonLines(TextWriter output) : IFormatObserver
{
    public void Done(FormatResult result)
    {
        output.WriteLine(JsonSerializer.Serialize(FormatJsonLine.Of(result), JsonLineContext.Default.FormatJsonLine));
        output.Flush();
    }
}

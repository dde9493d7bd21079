using System.Globalization;

namespace FastAdam.Convergence.Reports;

/// <summary>A column of the table of results.</summary>
/// <param name="Header">Its heading.</param>
/// <param name="IsNumber">Whether it holds numbers, which stand to the right.</param>
/// <param name="Value">What it shows of a result.</param>
internal sealed record Column(string Header, bool IsNumber, Func<TrainingResult, string> Value)
{
    public static Column Text(string header, Func<TrainingResult, string> value) => new(header, false, value);

    /// <summary>Numbers in that format, and a dash for none.</summary>
    public static Column Number(string header, string format, Func<TrainingResult, double?> value) =>
        new(header, true, result => value(result)?.ToString(format, CultureInfo.InvariantCulture) ?? "-");
}

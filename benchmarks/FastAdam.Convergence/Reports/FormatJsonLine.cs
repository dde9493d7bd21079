using FastAdam.Convergence.Formats;

namespace FastAdam.Convergence.Reports;

/// <summary>The JSON object of one training with a storage format.</summary>
internal sealed record FormatJsonLine(string Task, string Format, double LearningRate, int Seed, double? FinalLoss)
{
    public static FormatJsonLine Of(FormatResult result) => new(
        result.Task.Name,
        result.Format.Name,
        result.LearningRate,
        result.Seed,
        JsonLineContext.Number(result.FinalLoss));
}

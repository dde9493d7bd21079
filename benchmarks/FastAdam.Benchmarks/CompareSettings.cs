using FastAdam.Benchmarks.Measuring;

namespace FastAdam.Benchmarks;

/// <summary>What the comparison measures and where it writes.</summary>
/// <param name="Sizes">Of single tensors, in elements.</param>
/// <param name="Cases">Names of the cases wanted.</param>
/// <param name="Rounds">How often.</param>
/// <param name="Library">libfastadam.</param>
/// <param name="Json">Where the JSON goes; null for none.</param>
/// <param name="Plot">Where the plots go; null for none.</param>
internal sealed record CompareSettings(
    IReadOnlyCollection<long> Sizes,
    IReadOnlyCollection<string> Cases,
    RoundSettings Rounds,
    FileInfo Library,
    FileInfo? Json,
    DirectoryInfo? Plot);

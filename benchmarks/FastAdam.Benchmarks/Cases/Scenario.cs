namespace FastAdam.Benchmarks.Cases;

/// <summary>Cases that are measured in the same rounds, because they are compared with each other.</summary>
internal sealed record Scenario(params IReadOnlyList<Case> Cases);

using System.Text.Json.Serialization;

namespace FastAdam.Benchmarks.Reports;

/// <summary>The JSON object of one kernel in one case. Ratios to a kernel that did not take part are null;
/// that to fp32 is only in the case of formats.</summary>
internal sealed record JsonRow(
    string Kernel,
    string Path,
    string Rule,
    string Dtype,
    long N,
    int Threads,
    double NsPerElementMedian,
    double NsPerElementMin,
    double BytesPerElement,
    double GbPerS,
    double? RatioToLimit,
    double? SpeedupOverLibtorch,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? SpeedupOverF32,
    int Rounds);

/// <summary>How System.Text.Json writes a list of <see cref="JsonRow"/>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(IReadOnlyList<JsonRow>))]
internal sealed partial class JsonRowContext : JsonSerializerContext;

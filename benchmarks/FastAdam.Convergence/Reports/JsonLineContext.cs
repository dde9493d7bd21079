using System.Text.Json.Serialization;

namespace FastAdam.Convergence.Reports;

/// <summary>How System.Text.Json writes the lines.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StorageJsonLine))]
[JsonSerializable(typeof(OptimizerJsonLine))]
[JsonSerializable(typeof(FormatJsonLine))]
internal sealed partial class JsonLineContext : JsonSerializerContext
{
    /// <summary>JSON has no infinity and no NaN: a loss that is either is null.</summary>
    public static double? Number(double loss) => double.IsFinite(loss) ? loss : null;
}

using System.Text.Json.Serialization;

namespace FastAdam.Convergence.Reports;

/// <summary>The JSON object of one configuration. JSON has no infinity and no NaN: a loss that is either is null.</summary>
internal sealed record JsonLine(
    string Optimizer,
    string Param,
    string Grad,
    string State,
    string Isa,
    int Epochs,
    double TestAccuracy,
    double? FinalLoss,
    double NsPerParam);

/// <summary>How System.Text.Json writes a <see cref="JsonLine"/>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(JsonLine))]
internal sealed partial class JsonLineContext : JsonSerializerContext;

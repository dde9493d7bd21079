using FastAdam.Rules;

namespace FastAdam.Tests.Support;

/// <summary>Options that between them take every way through the rule.</summary>
internal static class StepModes
{
    public static readonly AdamOptions[] All =
    [
        AdamOptions.Adam,
        AdamOptions.AdamW,
        AdamOptions.Adam with { WeightDecay = 0.1 },
        AdamOptions.AdamW with { Subnormals = Subnormals.Preserve },
        AdamOptions.AdamW with { GradientScale = 1024 },
        AdamOptions.Adam with { Maximize = true, WeightDecay = 0.1, GradientScale = 3 },
        AdamOptions.Adam with { Beta1 = 0.25, Beta2 = 0.5, Epsilon = 0 },
        AdamOptions.AdamW with { Beta1 = 0, Beta2 = 0, Maximize = true },
    ];

    public static AdamConstants Constants(int mode, long step) => StepValidation.Constants(step, All[mode % All.Length]);
}

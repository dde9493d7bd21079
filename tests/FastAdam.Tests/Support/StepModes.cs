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

        // Half is where the first moment is interpolated from the other end; a scale below 1 counts as well.
        AdamOptions.Adam with { Beta1 = 0.5, GradientScale = 0.25 },

        // A pair for which 1 - lr * wd is another float when the product is rounded first.
        AdamOptions.AdamW with { LearningRate = 0.9255069025739422, WeightDecay = 0.6040541947252257 },
    ];

    public static AdamOptions Options(int mode) => All[mode % All.Length];

    public static AdamConstants Constants(int mode, long step) => StepValidation.Constants(step, Options(mode));
}

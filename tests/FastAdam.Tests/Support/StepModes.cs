using FastAdam.Kernels;
using FastAdam.Rules;

namespace FastAdam.Tests.Support;

/// <summary>Options that between them take every way through a rule.</summary>
internal static class StepModes
{
    /// <summary>NAdam's product of momentums before the step.</summary>
    public const double MomentumProduct = 0.375;

    /// <summary>Adam's, as the calls take them that know no other rule.</summary>
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

    private static readonly OptimizerOptions[] _adam = [.. All.Select(Of)];

    private static readonly OptimizerOptions[] _momentum =
    [
        .. Around(OptimizerOptions.Sgd with { Momentum = 0.9 }),
        OptimizerOptions.Sgd with { Momentum = 0.95, Nesterov = true, WeightDecay = 0.01 },
        OptimizerOptions.Sgd with { Momentum = 0.5, Dampening = 0.3 },
    ];

    private static readonly Dictionary<RuleKind, OptimizerOptions[]> _modes = new()
    {
        [RuleKind.Adam] = [.. _adam, .. Around(OptimizerOptions.AdamW)],
        [RuleKind.AmsGrad] = [.. _adam.Select(options => options with { AmsGrad = true })],
        [RuleKind.NAdam] = [.. Around(OptimizerOptions.NAdam), OptimizerOptions.NAdam with { Beta1 = 0.3, DecoupledWeightDecay = true, WeightDecay = 0.1 }],
        [RuleKind.RAdam] = [.. Around(OptimizerOptions.RAdam), OptimizerOptions.RAdam with { Beta2 = 0.5, DecoupledWeightDecay = true, WeightDecay = 0.1 }],
        [RuleKind.AdaMax] = Around(OptimizerOptions.AdaMax),
        [RuleKind.GradientDescent] = Around(OptimizerOptions.Sgd),
        [RuleKind.Momentum] = _momentum,
        [RuleKind.AdaGrad] = [.. Around(OptimizerOptions.AdaGrad), OptimizerOptions.AdaGrad with { LearningRateDecay = 0.1 }],
        [RuleKind.RmsProp] = Around(OptimizerOptions.RmsProp),
        [RuleKind.RmsPropMomentum] = Around(OptimizerOptions.RmsProp with { Momentum = 0.9 }),
        [RuleKind.CenteredRmsProp] = [.. Around(OptimizerOptions.RmsProp with { Centered = true }), OptimizerOptions.RmsProp with { Centered = true, Beta2 = 0.25 }],
        [RuleKind.CenteredRmsPropMomentum] = Around(OptimizerOptions.RmsProp with { Centered = true, Momentum = 0.9 }),
        [RuleKind.Lion] = [.. Around(OptimizerOptions.Lion), OptimizerOptions.Lion with { WeightDecay = 0.1, Beta1 = 0.4 }],
    };

    public static OptimizerOptions Options(RuleKind rule, int mode) => Options(rule)[mode % Options(rule).Count];

    public static IReadOnlyList<OptimizerOptions> Options(RuleKind rule) => _modes.TryGetValue(rule, out OptimizerOptions[]? modes)
        ? modes
        : throw new NotSupportedException(
            $"{rule} has no options to be tested with: add them to {nameof(StepModes)}, and its operations to ContractRules.");

    /// <summary>What the gradients are multiplied by for their norm: now and then it is clipped.</summary>
    public static float ClipCoefficient(int mode) => mode % 5 == 4 ? 0.3f : 1;

    public static StepConstants Constants(RuleKind rule, int mode, long step) =>
        Constants(Options(rule, mode), step) with { ClipCoefficient = ClipCoefficient(mode) };

    public static StepConstants Constants(in OptimizerOptions options, long step)
    {
        Hyperparameters hyperparameters = HyperparameterSource.Of(options, "group");
        var numbers = new StepNumbers(
            step,
            new IntegerPower().Of(options.Beta1, step),
            new IntegerPower().Of(options.Beta2, step),
            options.Rule == OptimizerRule.NAdam ? MomentumProduct * MomentumSchedule.At(hyperparameters, step) : 1);
        return new StepConstants(hyperparameters, KernelRegistry.CoefficientsOf(hyperparameters, numbers));
    }

    /// <summary>The same options for the calls that know all rules.</summary>
    public static OptimizerOptions Of(AdamOptions options) => OptimizerOptions.Adam with
    {
        LearningRate = options.LearningRate,
        Beta1 = options.Beta1,
        Beta2 = options.Beta2,
        Epsilon = options.Epsilon,
        WeightDecay = options.WeightDecay,
        DecoupledWeightDecay = options.DecoupledWeightDecay,
        GradientScale = options.GradientScale,
        Maximize = options.Maximize,
        Subnormals = options.Subnormals,
    };

    /// <summary>What is common to all rules: each alone, and all at once.</summary>
    private static OptimizerOptions[] Around(OptimizerOptions options) =>
    [
        options,
        options with { WeightDecay = 0.1 },
        options with { GradientScale = 3, Subnormals = Subnormals.Preserve },
        options with { MaxGradientValue = 0.01 },
        options with { Maximize = true, GradientScale = 0.5, MaxGradientValue = 0.1, WeightDecay = 0.05, LearningRate = 0.1 },
    ];
}

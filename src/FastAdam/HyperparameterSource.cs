using System.Runtime.CompilerServices;
using FastAdam.Rules;

namespace FastAdam;

/// <summary>What the public options mean to the rules, once they have been found valid.</summary>
internal static class HyperparameterSource
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Hyperparameters Of(in AdamOptions options)
    {
        var hyperparameters = new Hyperparameters
        {
            Rule = RuleKind.Adam,
            LearningRate = options.LearningRate,
            Beta1 = options.Beta1,
            Beta2 = options.Beta2,
            Epsilon = options.Epsilon,
            WeightDecay = options.WeightDecay,
            DecoupledWeightDecay = options.DecoupledWeightDecay,
            GradientScale = options.GradientScale,
            ClipValue = double.PositiveInfinity,
            Maximize = options.Maximize,
            PreserveSubnormals = options.Subnormals == Subnormals.Preserve,
        };
        var check = new HyperparameterCheck("options", nameof(AdamOptions));
        check.Numbers(hyperparameters);
        check.Subnormals(options.Subnormals);
        check.Threads(options.Threads);
        return hyperparameters;
    }

    /// <param name="options">The options of a group.</param>
    /// <param name="argument">The argument that they came in.</param>
    /// <param name="group">The group's index in it, or -1.</param>
    /// <param name="isSparse">Whether they are for <see cref="SparseAdam"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Hyperparameters Of(in OptimizerOptions options, string argument, int group = -1, bool isSparse = false)
    {
        var check = new HyperparameterCheck(argument, nameof(OptimizerOptions), group);
        RuleKind rule = KindOf(options, check);
        check.Belonging(options);
        if (isSparse)
        {
            check.Sparse(options);
        }

        var hyperparameters = new Hyperparameters
        {
            Rule = rule,
            LearningRate = options.LearningRate,
            Beta1 = options.Beta1,
            Beta2 = options.Beta2,
            Epsilon = options.Epsilon,
            WeightDecay = options.WeightDecay,
            DecoupledWeightDecay = options.DecoupledWeightDecay,
            Momentum = options.Momentum,
            Dampening = options.Dampening,
            Nesterov = options.Nesterov,
            LearningRateDecay = options.LearningRateDecay,
            MomentumDecay = options.MomentumDecay,
            EpsilonBesideRoot = isSparse,
            GradientScale = options.GradientScale,
            ClipValue = options.MaxGradientValue,
            Maximize = options.Maximize,
            PreserveSubnormals = options.Subnormals == Subnormals.Preserve,
        };
        check.Numbers(hyperparameters);
        check.Subnormals(options.Subnormals);
        return hyperparameters;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static RuleKind KindOf(in OptimizerOptions options, in HyperparameterCheck check) => options.Rule switch
    {
        OptimizerRule.Adam => options.AmsGrad ? RuleKind.AmsGrad : RuleKind.Adam,
        OptimizerRule.NAdam => RuleKind.NAdam,
        OptimizerRule.RAdam => RuleKind.RAdam,
        OptimizerRule.AdaMax => RuleKind.AdaMax,
        OptimizerRule.Sgd => options.Momentum == 0 ? RuleKind.GradientDescent : RuleKind.Momentum,
        OptimizerRule.AdaGrad => RuleKind.AdaGrad,
        OptimizerRule.RmsProp => (options.Centered, options.Momentum == 0) switch
        {
            (false, true) => RuleKind.RmsProp,
            (false, false) => RuleKind.RmsPropMomentum,
            (true, true) => RuleKind.CenteredRmsProp,
            (true, false) => RuleKind.CenteredRmsPropMomentum,
        },
        OptimizerRule.Lion => RuleKind.Lion,
        _ => throw check.OutOfRange(options.Rule, nameof(OptimizerOptions.Rule), "is none of the rules"),
    };
}

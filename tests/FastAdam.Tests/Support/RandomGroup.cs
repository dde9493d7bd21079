using FastAdam.Rules;

namespace FastAdam.Tests.Support;

/// <summary>Random hyperparameters, all valid, for any rule.</summary>
internal static class RandomGroup
{
    public static OptimizerOptions Next(Random random, RuleKind rule)
    {
        OptimizerOptions defaults = StepModes.Options(rule, 0);
        bool isSgdWithMomentum = defaults.Rule == OptimizerRule.Sgd && defaults.Momentum != 0;
        double dampening = isSgdWithMomentum && random.Next(3) == 0 ? random.NextDouble() : 0;
        return defaults with
        {
            LearningRate = Magnitude(random, -5, 0),
            Beta1 = DecayRate(random, defaults.Beta1),
            Beta2 = DecayRate(random, defaults.Beta2),
            Epsilon = defaults.Epsilon == 0 ? 0 : Magnitude(random, -8, -3),
            WeightDecay = random.Next(2) == 0 ? 0 : Magnitude(random, -4, -0.5),
            DecoupledWeightDecay = random.Next(2) == 0
                && defaults.Rule is OptimizerRule.Adam or OptimizerRule.NAdam or OptimizerRule.RAdam or OptimizerRule.Lion,
            Momentum = defaults.Momentum == 0 ? 0 : 0.1 + (0.89 * random.NextDouble()),
            Dampening = dampening,
            Nesterov = isSgdWithMomentum && dampening == 0 && random.Next(2) == 0,
            LearningRateDecay = defaults.Rule == OptimizerRule.AdaGrad ? random.Next(3) * 0.05 : 0,
            MomentumDecay = defaults.MomentumDecay * random.Next(4),
            GradientScale = random.GetItems([1.0, 1, 1024, 3, 0.5], 1)[0],
            MaxGradientValue = random.GetItems([double.PositiveInfinity, double.PositiveInfinity, 0.01, 1], 1)[0],
            Maximize = random.Next(3) == 0,
            Subnormals = random.Next(2) == 0 ? Subnormals.Flush : Subnormals.Preserve,
        };
    }

    public static long NextStep(Random random) => random.Next(10) switch
    {
        0 => random.Next(3) == 0 ? long.MaxValue : 1L << random.Next(11, 62),
        < 4 => random.Next(1, 3000),
        _ => random.Next(1, 12),
    };

    /// <summary>Ten to a power in that range.</summary>
    public static double Magnitude(Random random, double from, double to) => Math.Pow(10, from + (random.NextDouble() * (to - from)));

    private static double DecayRate(Random random, double defaultRate) => defaultRate == 0 ? 0 : random.Next(4) switch
    {
        0 => random.GetItems([0, 0.25, 0.5, 0.95, 0.99], 1)[0],
        1 => 0.99 * random.NextDouble(),
        _ => defaultRate,
    };
}

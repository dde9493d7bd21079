using FastAdam.Rules;

namespace FastAdam.Tests.Support;

/// <summary>Random hyperparameters, all valid, for any rule.</summary>
internal static class RandomGroup
{
    public static ParameterGroup Next(Random random, RuleKind rule)
    {
        var facts = RuleFacts.Of(rule);
        return facts.Draw(random, facts.Group) with
        {
            LearningRate = Magnitude(random, -5, 0),
            WeightDecay = random.Next(2) == 0 ? 0 : Magnitude(random, -4, -0.5),
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

    public static double DecayRate(Random random, double defaultRate) => random.Next(4) switch
    {
        0 => random.GetItems([0, 0.25, 0.5, 0.95, 0.99], 1)[0],
        1 => 0.99 * random.NextDouble(),
        _ => defaultRate,
    };
}

using FastAdam.Kernels;
using FastAdam.Rules;

namespace FastAdam.Tests.Support;

/// <summary>A state array of a rule.</summary>
/// <param name="Name">PyTorch's name, as errors have it.</param>
/// <param name="Bound">The largest error of a step in ulps of single precision: that of src/NUMERICS.md.</param>
internal sealed record StateFacts(string Name, double Bound)
{
    /// <summary>True for sums of squares and magnitudes.</summary>
    public bool IsNeverNegative { get; init; }

    /// <summary>True for a mean of the gradients whose square is taken from their mean square, the first state array: it is no larger
    /// than the root of that.</summary>
    public bool IsBelowRootOfFirst { get; init; }
}

/// <summary>A number that a rule keeps for each tensor.</summary>
/// <param name="Name">PyTorch's name.</param>
/// <param name="Initial">Its value before step 1.</param>
/// <param name="Example">Its value before a step in tests that draw none.</param>
/// <param name="Draw">Draws a valid value.</param>
/// <param name="Invalid">Values that it cannot have, beside NaN and negative infinity.</param>
internal sealed record TensorNumberFacts(
    string Name, double Initial, double Example, Func<Random, double> Draw, params double[] Invalid)
{
    /// <summary>How far a step's may be from what the BCL's functions give, relative to that.</summary>
    public double Tolerance { get; init; } = 1e-15;
}

/// <summary>A number that a parameter group has.</summary>
/// <param name="Name">Its name in C#.</param>
/// <param name="Invalid">Values that no rule takes.</param>
internal sealed record NumberFacts(string Name, params double[] Invalid);

/// <summary>
/// What the tests know of each way to compute, written by hand: nothing here is read from the library's descriptions, which it is to
/// prove. A new rule adds its rows here, and its operations to ContractRules and ReferenceRules.
/// </summary>
internal sealed record RuleFacts
{
    private const string Momentum = nameof(ParameterGroup.Momentum);

    private static readonly NumberFacts[] _ofEveryRule =
    [
        new(nameof(ParameterGroup.LearningRate), -1e-300, 1e39, double.PositiveInfinity),
        new(nameof(ParameterGroup.WeightDecay), -0.1, 1e39, double.PositiveInfinity),
        new(nameof(ParameterGroup.GradientScale), 0, -1, 1e-50, 1e39, double.PositiveInfinity),
        new(nameof(ParameterGroup.MaxGradientValue), 0, -1, 1e-50),
    ];

    private static readonly NumberFacts[] _ofSomeRules =
    [
        new(nameof(ParameterGroup.Beta1), -0.1, 1, 1.5, double.PositiveInfinity),
        new(nameof(ParameterGroup.Beta2), -0.1, 1, 1.5, double.PositiveInfinity),
        new(nameof(ParameterGroup.Epsilon), -1e-8, 1e-46, 1e39, double.PositiveInfinity),
        new(nameof(ParameterGroup.Momentum), -0.1, 1e39, double.PositiveInfinity),
        new(nameof(ParameterGroup.Dampening), 1e39, -1e39, double.PositiveInfinity),
        new(nameof(ParameterGroup.LearningRateDecay), -0.1, 1e39, double.PositiveInfinity),
        new(nameof(ParameterGroup.MomentumDecay), -0.1, 1e39, double.PositiveInfinity),
        new(nameof(ParameterGroup.Beta3), -0.1, 1, 1.5, double.PositiveInfinity),
        new(nameof(ParameterGroup.Alpha), -0.1, 1e39, double.PositiveInfinity),
        new(nameof(ParameterGroup.AlphaWarmup), -0.1, 1e39, double.PositiveInfinity),
        new(nameof(ParameterGroup.Beta3Warmup), -0.1, 1e39, double.PositiveInfinity),
        new(nameof(ParameterGroup.ClipExponent), -0.1, 1e39),
        new(nameof(ParameterGroup.WarmupSteps), -0.1, 1e39, double.PositiveInfinity),
        new(nameof(ParameterGroup.StepExponent), -0.1, 1e39, double.PositiveInfinity),
        new(nameof(ParameterGroup.RateExponent), -0.1, 1e39, double.PositiveInfinity),
    ];

    private static readonly StateFacts _expAvg = new("expAvg", 2.5);
    private static readonly StateFacts _expAvgSq = new("expAvgSq", 5.5) { IsNeverNegative = true };
    private static readonly StateFacts _squareAvg = new("squareAvg", 5.5) { IsNeverNegative = true };
    private static readonly StateFacts _rmsPropBuffer = new("momentumBuffer", 5);
    private static readonly StateFacts _gradAvg = new("gradAvg", 2.5) { IsBelowRootOfFirst = true };

    private static readonly (string, double)[] _adamDefaults =
        [("LearningRate", 1e-3), ("Beta1", 0.9), ("Beta2", 0.999), ("Epsilon", 1e-8)];

    private static readonly (string, double)[] _slowAdamDefaults =
        [("LearningRate", 2e-3), ("Beta1", 0.9), ("Beta2", 0.999), ("Epsilon", 1e-8)];

    private static readonly (string, double)[] _rmsPropDefaults =
        [("LearningRate", 1e-2), ("Beta2", 0.99), ("Epsilon", 1e-8), (Momentum, 0)];

    private static readonly (string, double)[] _sgdDefaults = [("LearningRate", 1e-3), (Momentum, 0), ("Dampening", 0)];

    private static readonly RuleFacts[] _all =
    [
        new()
        {
            Kind = RuleKind.Adam,
            Rule = OptimizerRule.Adam,
            Group = ParameterGroup.Adam,
            Defaults = _adamDefaults,
            Switches = ["DecoupledWeightDecay", "AmsGrad"],
            State = [_expAvg, _expAvgSq, null],
            Bound = 2.2,
            Modes = [.. AdamModes, .. Around(ParameterGroup.AdamW)],
            Draw = AdamLike,
        },
        new()
        {
            Kind = RuleKind.AdamAmsGrad,
            Rule = OptimizerRule.Adam,
            Group = ParameterGroup.Adam with { AmsGrad = true },
            Defaults = _adamDefaults,
            Switches = ["DecoupledWeightDecay", "AmsGrad"],
            State = [_expAvg, _expAvgSq, new("maxExpAvgSq", 5.5) { IsNeverNegative = true }],
            Bound = 2.2,
            Modes = [.. AdamModes.Select(group => group with { AmsGrad = true })],
            Draw = AdamLike,
        },
        new()
        {
            Kind = RuleKind.NAdam,
            Rule = OptimizerRule.NAdam,
            Group = ParameterGroup.NAdam,
            Defaults = [.. _slowAdamDefaults, ("MomentumDecay", 4e-3)],
            Switches = ["DecoupledWeightDecay"],
            Numbers =
            [
                new(
                    "mu_product",
                    Initial: 1,
                    Example: 0.375,
                    random => random.Next(3) == 0 ? 1 : random.NextDouble(),
                    -1e-9,
                    1.0000001,
                    double.PositiveInfinity),
            ],
            State = [_expAvg, _expAvgSq],
            Bound = 2.3,
            Modes =
            [
                .. Around(ParameterGroup.NAdam),
                ParameterGroup.NAdam with { Beta1 = 0.3, DecoupledWeightDecay = true, WeightDecay = 0.1 },
            ],
            Draw = (random, group) => AdamLike(random, group) with { MomentumDecay = 4e-3 * random.Next(4) },
        },
        new()
        {
            Kind = RuleKind.RAdam,
            Rule = OptimizerRule.RAdam,
            Group = ParameterGroup.RAdam,
            Defaults = _adamDefaults,
            Switches = ["DecoupledWeightDecay"],
            State = [_expAvg, _expAvgSq],
            Bound = 2.2,
            Modes =
            [
                .. Around(ParameterGroup.RAdam),
                ParameterGroup.RAdam with { Beta2 = 0.5, DecoupledWeightDecay = true, WeightDecay = 0.1 },
            ],
            Draw = AdamLike,
        },
        new()
        {
            Kind = RuleKind.AdaMax,
            Rule = OptimizerRule.AdaMax,
            Group = ParameterGroup.AdaMax,
            Defaults = _slowAdamDefaults,
            State = [_expAvg, new("expInf", 2.5) { IsNeverNegative = true }],
            Bound = 1.6,
            Modes = Around(ParameterGroup.AdaMax),
            Draw = WithBetas,
        },
        new()
        {
            Kind = RuleKind.Sgd,
            Rule = OptimizerRule.Sgd,
            Group = ParameterGroup.Sgd,
            Defaults = _sgdDefaults,
            Switches = ["Nesterov"],
            State = [null],
            Bound = 1.2,
            Modes = Around(ParameterGroup.Sgd),
        },
        new()
        {
            Kind = RuleKind.SgdMomentum,
            Rule = OptimizerRule.Sgd,
            Group = ParameterGroup.Sgd with { Momentum = 0.9 },
            Defaults = _sgdDefaults,
            Switches = ["Nesterov"],
            State = [new("momentumBuffer", 3.2)],
            Bound = 1.8,
            Modes =
            [
                .. Around(ParameterGroup.Sgd with { Momentum = 0.9 }),
                ParameterGroup.Sgd with { Momentum = 0.95, Nesterov = true, WeightDecay = 0.01 },
                ParameterGroup.Sgd with { Momentum = 0.5, Dampening = 0.3 },
            ],
            Draw = (random, group) =>
            {
                double dampening = random.Next(3) == 0 ? random.NextDouble() : 0;
                return WithMomentum(random, group) with
                {
                    Dampening = dampening,
                    Nesterov = dampening == 0 && random.Next(2) == 0,
                };
            },
        },
        new()
        {
            Kind = RuleKind.AdaGrad,
            Rule = OptimizerRule.AdaGrad,
            Group = ParameterGroup.AdaGrad,
            Defaults = [("LearningRate", 1e-2), ("Epsilon", 1e-10), ("LearningRateDecay", 0)],
            State = [new("sum", 4.5) { IsNeverNegative = true }],
            Bound = 1.6,
            Modes = [.. Around(ParameterGroup.AdaGrad), ParameterGroup.AdaGrad with { LearningRateDecay = 0.1 }],
            Draw = (random, group) => WithEpsilon(random, group) with { LearningRateDecay = random.Next(3) * 0.05 },
        },
        new()
        {
            Kind = RuleKind.RmsProp,
            Rule = OptimizerRule.RmsProp,
            Group = ParameterGroup.RmsProp,
            Defaults = _rmsPropDefaults,
            Switches = ["Centered"],
            State = [_squareAvg, null, null],
            Bound = 1.6,
            Modes = Around(ParameterGroup.RmsProp),
            Draw = RmsProp,
        },
        new()
        {
            Kind = RuleKind.RmsPropMomentum,
            Rule = OptimizerRule.RmsProp,
            Group = ParameterGroup.RmsProp with { Momentum = 0.9 },
            Defaults = _rmsPropDefaults,
            Switches = ["Centered"],
            State = [_squareAvg, _rmsPropBuffer, null],
            Bound = 1.6,
            Modes = Around(ParameterGroup.RmsProp with { Momentum = 0.9 }),
            Draw = (random, group) => WithMomentum(random, RmsProp(random, group)),
        },
        new()
        {
            Kind = RuleKind.RmsPropCentered,
            Rule = OptimizerRule.RmsProp,
            Group = ParameterGroup.RmsProp with { Centered = true },
            Defaults = _rmsPropDefaults,
            Switches = ["Centered"],
            State = [_squareAvg, null, _gradAvg],
            Bound = 1.6,
            Modes =
            [
                .. Around(ParameterGroup.RmsProp with { Centered = true }),
                ParameterGroup.RmsProp with { Centered = true, Beta2 = 0.25 },
            ],
            Draw = RmsProp,
        },
        new()
        {
            Kind = RuleKind.RmsPropMomentumCentered,
            Rule = OptimizerRule.RmsProp,
            Group = ParameterGroup.RmsProp with { Centered = true, Momentum = 0.9 },
            Defaults = _rmsPropDefaults,
            Switches = ["Centered"],
            State = [_squareAvg, _rmsPropBuffer, _gradAvg],
            Bound = 1.6,
            Modes = Around(ParameterGroup.RmsProp with { Centered = true, Momentum = 0.9 }),
            Draw = (random, group) => WithMomentum(random, RmsProp(random, group)),
        },
        new()
        {
            Kind = RuleKind.Lion,
            Rule = OptimizerRule.Lion,
            Group = ParameterGroup.Lion,
            Defaults = [("LearningRate", 1e-4), ("Beta1", 0.9), ("Beta2", 0.99)],
            Switches = ["DecoupledWeightDecay"],
            SwitchesOnByDefault = ["DecoupledWeightDecay"],
            State = [_expAvg],
            Bound = 1.9,
            Modes = [.. Around(ParameterGroup.Lion), ParameterGroup.Lion with { WeightDecay = 0.1, Beta1 = 0.4 }],
            Draw = (random, group) => group with
            {
                Beta1 = RandomGroup.DecayRate(random, 0.9),
                Beta2 = RandomGroup.DecayRate(random, 0.99),
                DecoupledWeightDecay = random.Next(2) == 0,
            },
        },
        new()
        {
            Kind = RuleKind.AdEmaMix,
            Rule = OptimizerRule.AdEmaMix,
            Group = ParameterGroup.AdEmaMix,
            Defaults = [.. _adamDefaults, ("Beta3", 0.9999), ("Alpha", 5), ("AlphaWarmup", 0), ("Beta3Warmup", 0)],
            Switches = ["DecoupledWeightDecay"],
            SwitchesOnByDefault = ["DecoupledWeightDecay"],
            State = [new("expAvgFast", 2.5), _expAvgSq, new("expAvgSlow", 2.5)],
            Bound = 2.2,
            Modes =
            [
                .. Around(ParameterGroup.AdEmaMix),
                ParameterGroup.AdEmaMix with { AlphaWarmup = 700, Beta3Warmup = 900 },
                ParameterGroup.AdEmaMix with { DecoupledWeightDecay = false, WeightDecay = 0.1, Alpha = 0, Epsilon = 0 },
                ParameterGroup.AdEmaMix with { Beta1 = 0, Beta3 = 0.5, Beta3Warmup = 2000, AlphaWarmup = 2.5 },
            ],
            Draw = (random, group) => AdamLike(random, group) with
            {
                Beta3 = RandomGroup.DecayRate(random, 0.9999),
                Alpha = random.GetItems([0.0, 2, 5, 8.5], 1)[0],
                AlphaWarmup = random.GetItems([0, 0, 2.5, 8, 100_000], 1)[0],
                Beta3Warmup = random.GetItems([0, 0, 2.5, 8, 100_000], 1)[0],
            },
        },
        new()
        {
            Kind = RuleKind.Adopt,
            Rule = OptimizerRule.Adopt,
            Group = ParameterGroup.Adopt,
            Defaults = [("LearningRate", 1e-3), ("Beta1", 0.9), ("Beta2", 0.9999), ("Epsilon", 1e-6), ("ClipExponent", 0.25)],
            Switches = ["DecoupledWeightDecay"],
            State = [new("expAvg", 3.2), _expAvgSq],
            Bound = 2,
            Modes =
            [
                .. Around(ParameterGroup.Adopt),
                ParameterGroup.Adopt with { ClipExponent = double.PositiveInfinity },
                ParameterGroup.Adopt with { ClipExponent = 0, Beta1 = 0, Beta2 = 0.5 },
                ParameterGroup.Adopt with { ClipExponent = 0.7, Epsilon = 0, DecoupledWeightDecay = true, WeightDecay = 0.1 },
                ParameterGroup.Adopt with { ClipExponent = 1e30 },
            ],
            Draw = (random, group) => AdamLike(random, group) with
            {
                ClipExponent = random.GetItems([0, 0.25, 0.25, 0.5, 0.3, 1, 1e4, double.PositiveInfinity], 1)[0],
            },
        },
        new()
        {
            Kind = RuleKind.ScheduleFree,
            Rule = OptimizerRule.ScheduleFree,
            Group = ParameterGroup.ScheduleFree,
            Defaults =
            [
                ("LearningRate", 2.5e-3), ("Beta1", 0.9), ("Beta2", 0.999), ("Epsilon", 1e-8), ("WarmupSteps", 0),
                ("StepExponent", 0), ("RateExponent", 2),
            ],
            Numbers =
            [
                new(
                    "weight_sum",
                    Initial: 0,
                    Example: 1e-3,
                    random => random.Next(3) == 0 ? 0 : RandomGroup.Magnitude(random, -8, 2),
                    -1e-9,
                    double.PositiveInfinity)
                {
                    // Of a power, with 3.3 ln(2^63) of its last places.
                    Tolerance = 1e-13,
                },
                new(
                    "lr_max",
                    Initial: 0,
                    Example: 2e-3,
                    random => random.Next(3) == 0 ? 0 : RandomGroup.Magnitude(random, -5, 0),
                    -1e-9,
                    double.PositiveInfinity),
                new("eval_mode", Initial: 0, Example: 0, _ => 0, -1, 0.5, 1, double.PositiveInfinity),
            ],
            State = [new("z", 5.5), _expAvgSq],
            Bound = 2.3,
            Modes =
            [
                .. Around(ParameterGroup.ScheduleFree),
                ParameterGroup.ScheduleFree with { WarmupSteps = 600, StepExponent = 1, RateExponent = 0 },
                ParameterGroup.ScheduleFree with { StepExponent = 0.6, RateExponent = 1.3, Beta1 = 0.3, Epsilon = 0 },
                ParameterGroup.ScheduleFree with { LearningRate = 0, WeightDecay = 0.1, Beta2 = 0 },
            ],
            Draw = (random, group) => WithBetas(random, group) with
            {
                Beta1 = Math.Max(RandomGroup.DecayRate(random, 0.9), 0.1),
                WarmupSteps = random.GetItems([0, 0, 2.5, 8, 100_000], 1)[0],
                StepExponent = random.GetItems([0, 0, 0.5, 1, 2, 3.3 * random.NextDouble()], 1)[0],
                RateExponent = random.GetItems([0, 0.25, 2, 2, 3.3 * random.NextDouble()], 1)[0],
            },
        },
        new()
        {
            Kind = RuleKind.Adan,
            Rule = OptimizerRule.Adan,
            Group = ParameterGroup.Adan,
            Defaults = [("LearningRate", 1e-3), ("Beta1", 0.98), ("Beta2", 0.92), ("Beta3", 0.99), ("Epsilon", 1e-8)],
            Switches = ["NoProx"],
            State = [_expAvg, new("expAvgSq", 6.5) { IsNeverNegative = true }, new("expAvgDiff", 2.5), new("negPreGrad", 2.5)],
            Bound = 2.3,
            Modes =
            [
                .. Around(ParameterGroup.Adan),
                ParameterGroup.Adan with { NoProx = true, WeightDecay = 0.1 },
                ParameterGroup.Adan with { Beta1 = 0, Beta2 = 0, Beta3 = 0.5, Epsilon = 0 },

                // A pair for which 1 - lr * wd is another float when the product is rounded first.
                ParameterGroup.Adan with { NoProx = true, LearningRate = 0.9255069025739422, WeightDecay = 0.6040541947252257 },
            ],
            Draw = (random, group) => WithBetas(random, group) with
            {
                Beta2 = RandomGroup.DecayRate(random, 0.92),
                Beta3 = RandomGroup.DecayRate(random, 0.99),
                NoProx = random.Next(2) == 0,
            },
        },
        new()
        {
            Kind = RuleKind.AdaDelta,
            Rule = OptimizerRule.AdaDelta,
            Group = ParameterGroup.AdaDelta,
            Defaults = [("LearningRate", 1), ("Beta2", 0.9), ("Epsilon", 1e-6)],
            State = [_squareAvg, new("accDelta", 10) { IsNeverNegative = true }],
            Bound = 1.8,
            Modes =
            [
                .. Around(ParameterGroup.AdaDelta),
                ParameterGroup.AdaDelta with { Beta2 = 0.25, Epsilon = 0 },
                ParameterGroup.AdaDelta with { Beta2 = 0 },
            ],
            Draw = RmsProp,
        },
    ];

    /// <summary>All, in the order of <see cref="RuleKind"/>.</summary>
    public static IReadOnlyList<RuleFacts> All => _all;

    /// <summary>All numbers of groups.</summary>
    public static NumberFacts[] AllNumbers => [.. _ofEveryRule, .. _ofSomeRules];

    /// <summary>All switches of groups that a rule may lack.</summary>
    public static string[] AllSwitches => ["DecoupledWeightDecay", "AmsGrad", "Nesterov", "Centered", "NoProx"];

    /// <summary>Adam's groups, whichever call takes them.</summary>
    public static ParameterGroup[] AdamModes =>
    [
        ParameterGroup.Adam,
        ParameterGroup.AdamW,
        ParameterGroup.Adam with { WeightDecay = 0.1 },
        ParameterGroup.AdamW with { Subnormals = Subnormals.Preserve },
        ParameterGroup.AdamW with { GradientScale = 1024 },
        ParameterGroup.Adam with { Maximize = true, WeightDecay = 0.1, GradientScale = 3 },
        ParameterGroup.Adam with { Beta1 = 0.25, Beta2 = 0.5, Epsilon = 0 },
        ParameterGroup.AdamW with { Beta1 = 0, Beta2 = 0, Maximize = true },

        // Half is where the first moment is interpolated from the other end; a scale below 1 counts as well.
        ParameterGroup.Adam with { Beta1 = 0.5, GradientScale = 0.25 },

        // A pair for which 1 - lr * wd is another float when the product is rounded first.
        ParameterGroup.AdamW with { LearningRate = 0.9255069025739422, WeightDecay = 0.6040541947252257 },
    ];

    public required RuleKind Kind { get; init; }

    public required OptimizerRule Rule { get; init; }

    /// <summary>The rule's defaults, with what leads to this way to compute.</summary>
    public required ParameterGroup Group { get; init; }

    /// <summary>The rule's own numbers and the learning rate, with their defaults. The others are 0, but for the gradient's scale and its
    /// largest value.</summary>
    public required (string Name, double Default)[] Defaults { get; init; }

    /// <summary>The rule's own switches.</summary>
    public string[] Switches { get; init; } = [];

    public string[] SwitchesOnByDefault { get; init; } = [];

    /// <summary>The numbers that it keeps for each tensor.</summary>
    public TensorNumberFacts[] Numbers { get; init; } = [];

    /// <summary>The rule's arrays in its order; null where this way to compute does not keep one.</summary>
    public required StateFacts?[] State { get; init; }

    /// <summary>The largest error of the parameters, as <see cref="StateFacts.Bound"/>.</summary>
    public required double Bound { get; init; }

    /// <summary>Groups that between them take every way through the rule.</summary>
    public required ParameterGroup[] Modes { get; init; }

    /// <summary>Draws the rule's own hyperparameters.</summary>
    public Func<Random, ParameterGroup, ParameterGroup> Draw { get; init; } = (_, group) => group;

    /// <exception cref="NotSupportedException">The table has no such rule.</exception>
    public static RuleFacts Of(RuleKind kind) => Array.Find(_all, facts => facts.Kind == kind)
        ?? throw new NotSupportedException(
            $"{kind} has no row in tests/FastAdam.Tests/Support/{nameof(RuleFacts)}.cs: add it, and its operations to ContractRules and "
            + "ReferenceRules.");

    /// <summary>A row of that rule.</summary>
    public static RuleFacts Of(OptimizerRule rule) => Array.Find(_all, facts => facts.Rule == rule)
        ?? throw new NotSupportedException($"{rule} has no row in tests/FastAdam.Tests/Support/{nameof(RuleFacts)}.cs: add it.");

    /// <summary>The tensor's numbers in tests that draw none.</summary>
    public double[] ExampleNumbers() => [.. Numbers.Select(number => number.Example)];

    /// <summary>The tensor's numbers before step 1.</summary>
    public double[] InitialNumbers() => [.. Numbers.Select(number => number.Initial)];

    /// <summary>Valid numbers of a tensor.</summary>
    public double[] DrawNumbers(Random random) => [.. Numbers.Select(number => number.Draw(random))];

    /// <summary>The state array of that role; null where this way to compute keeps none.</summary>
    public StateFacts? StateOf(ArrayRole role)
    {
        int i = role - ArrayRole.FirstState;
        return i >= 0 && i < State.Length ? State[i] : null;
    }

    /// <summary>What errors call an array.</summary>
    public string NameOf(ArrayRole role) => role switch
    {
        ArrayRole.Parameters => "parameters",
        ArrayRole.Gradients => "gradients",
        _ => StateOf(role)!.Name,
    };

    /// <summary>True where the rule has that number.</summary>
    public bool HasNumber(string name) =>
        Array.Exists(_ofEveryRule, number => number.Name == name) || Array.Exists(Defaults, number => number.Name == name);

    /// <summary>What is common to all rules: each alone, and all at once.</summary>
    private static ParameterGroup[] Around(ParameterGroup group) =>
    [
        group,
        group with { WeightDecay = 0.1 },
        group with { GradientScale = 3, Subnormals = Subnormals.Preserve },
        group with { MaxGradientValue = 0.01 },
        group with { Maximize = true, GradientScale = 0.5, MaxGradientValue = 0.1, WeightDecay = 0.05, LearningRate = 0.1 },
    ];

    private static ParameterGroup AdamLike(Random random, ParameterGroup group) =>
        WithBetas(random, group) with { DecoupledWeightDecay = random.Next(2) == 0 };

    private static ParameterGroup WithBetas(Random random, ParameterGroup group) => WithEpsilon(random, group) with
    {
        Beta1 = RandomGroup.DecayRate(random, 0.9),
        Beta2 = RandomGroup.DecayRate(random, 0.999),
    };

    private static ParameterGroup RmsProp(Random random, ParameterGroup group) =>
        WithEpsilon(random, group) with { Beta2 = RandomGroup.DecayRate(random, 0.99) };

    private static ParameterGroup WithEpsilon(Random random, ParameterGroup group) =>
        group with { Epsilon = RandomGroup.Magnitude(random, -8, -3) };

    private static ParameterGroup WithMomentum(Random random, ParameterGroup group) =>
        group with { Momentum = 0.1 + (0.89 * random.NextDouble()) };
}

using FastAdam.Kernels;
using FastAdam.Rules;

namespace FastAdam.Tests.Support;

/// <summary>One random step over a tensor of random storage formats.</summary>
public sealed record FormatCase(int Seed)
{
    private static readonly ElementType[] _parameters =
    [
        ElementType.Float32, ElementType.BFloat16, ElementType.Float16, ElementType.Split16, ElementType.Split8,
        ElementType.Float32WithBFloat16, ElementType.Float32WithFloat16, ElementType.StochasticBFloat16, ElementType.StochasticFloat16,
    ];

    private static readonly ElementType[] _states =
    [
        ElementType.Block8, ElementType.Block8, ElementType.Block8, ElementType.Float32, ElementType.BFloat16, ElementType.Float16,
        ElementType.StochasticBFloat16,
    ];

    /// <summary>What a test runs with this: the arrays are drawn from the same numbers every time.</summary>
    internal FormatRun Run(InstructionSet instructionSet)
    {
        var random = new Random(Seed);

        // Half of the cases are of the rules whose moments are computed as integers.
        RuleKind[] all = Enum.GetValues<RuleKind>();
        RuleKind rule = random.Next(2) == 0 ? random.GetItems(all, 1)[0] : random.GetItems([RuleKind.Adam, RuleKind.NAdam, RuleKind.RAdam], 1)[0];
        StorageTypes types = default;
        types = types.With(ArrayRole.Parameters, random.GetItems(_parameters, 1)[0]);
        types = types.With(ArrayRole.Gradients, random.GetItems(ElementTypes.Plain, 1)[0]);
        bool isPaired = random.Next(2) == 0;
        ElementType paired = random.GetItems(_states, 1)[0];
        for (ArrayRole role = ArrayRole.FirstState; role <= ArrayRole.FourthState; role++)
        {
            ElementType type = isPaired ? paired : random.GetItems(_states, 1)[0];

            // The parameters that Schedule-Free keeps as state are none for 8 bits.
            types = types.With(role, rule == RuleKind.ScheduleFree && type == ElementType.Block8 ? ElementType.BFloat16 : type);
        }

        int length = random.Next(4) switch
        {
            0 => random.Next(1, 130),
            1 => 128 * random.Next(1, 6),
            _ => random.Next(1, 1300),
        };
        var key = new KernelKey(instructionSet, rule, types);
        ParameterGroup group = RandomGroup.Next(random, rule);
        return new FormatRun(
            group,
            RandomGroup.NextStep(random),
            RuleFacts.Of(rule).DrawNumbers(random),
            (ulong)random.NextInt64() * 3,
            (uint)random.Next(1, int.MaxValue),
            128 * (ulong)random.NextInt64(random.Next(2) == 0 ? 10 : 1L << 40),
            FormatArrays.Create(key, length, random),
            128 * random.Next((length / 128) + 1));
    }
}

/// <summary>A case's numbers.</summary>
internal sealed record FormatRun(
    ParameterGroup Group,
    long Step,
    double[] Numbers,
    ulong Seed,
    uint RandomId,
    ulong FirstElement,
    FormatArrays Arrays,
    int Cut)
{
    public override string ToString() =>
        $"{Arrays.Key}, length {Arrays.Length}, cut {Cut}, step {Step}, first element {FirstElement}, {Group}";
}

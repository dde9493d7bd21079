using FastAdam.Rules;

namespace FastAdam.Benchmarks.Cases;

/// <summary>What a call does with its tensors.</summary>
/// <param name="Name">What reports call it.</param>
/// <param name="Group">The optimizer and its hyperparameters.</param>
internal sealed record Work(string Name, ParameterGroup Group)
{
    private const double Momentum = 0.9;

    /// <summary>What is compared with other libraries.</summary>
    public static Work AdamW { get; } = new("adamw", ParameterGroup.AdamW);

    /// <summary>All other ways to compute, each with the defaults of its rule, and Nesterov's momentum.</summary>
    public static IReadOnlyList<Work> OtherRules { get; } =
    [
        .. RuleTable.Rules.SelectMany(Kinds).Where(work => work.Kind != RuleKind.Adam),
        new("sgd_nesterov", ParameterGroup.Sgd with { Momentum = Momentum, Nesterov = true }),
    ];

    /// <summary>The pass that clipping by norm makes before the update, alone: of steps that are skipped, since the last gradient
    /// is NaN.</summary>
    public static Work GradientNorm { get; } = new("gradient_norm", ParameterGroup.AdamW) { OnlyReadsGradients = true };

    /// <summary>True where a step ends before it writes.</summary>
    public bool OnlyReadsGradients { get; private init; }

    /// <summary>The way to compute.</summary>
    public RuleKind Kind { get; } = RuleKinds.Of(Group.Values);

    /// <summary>The state arrays that are read and written.</summary>
    public StateArrays State => RuleKinds.StateOf(Kind);

    /// <summary>What must be moved for an element: parameters and state both ways, gradients one way.</summary>
    /// <param name="dtype">The storage.</param>
    public double TrafficBytes(DType dtype) => OnlyReadsGradients ? DType.SizeOf(dtype.Parameter)
        : dtype is Format format ? format.TrafficBytes
        : (3 * DType.SizeOf(dtype.Parameter)) + (2 * int.PopCount((int)State) * DType.SizeOf(dtype.State));

    public override string ToString() => Name;

    /// <summary>A rule with every set of its optional state arrays.</summary>
    private static IEnumerable<Work> Kinds(RuleDescription rule)
    {
        StateArray[] optional = [.. rule.State.Where(array => array.IsOptional)];
        for (int kind = 0; kind < rule.KindCount; kind++)
        {
            GroupValues group = rule.Defaults();
            string name = rule.Name.ToLowerInvariant();
            foreach (StateArray array in optional.Where((_, bit) => (kind >> bit & 1) != 0))
            {
                group = array.IfAbove0 is Hyperparameter number ? group.With(number, Momentum) : group.With(array.IfOn, true);
                name += "_" + (array.IfAbove0 is Hyperparameter above0
                    ? Hyperparameters.Numbers[(int)above0].TorchName
                    : Hyperparameters.Flags.Single(flag => flag.Flag == array.IfOn).TorchName);
            }

            yield return new Work(name, new ParameterGroup(group));
        }
    }
}

using FastAdam.Kernels;
using FastAdam.Rules;
using FsCheck;
using FsCheck.Fluent;

namespace FastAdam.Tests.Support;

/// <summary>One random step over a list.</summary>
/// <param name="Groups">The groups: the names of their rules, and what their hyperparameters are drawn from.</param>
/// <param name="Tensors">The tensors.</param>
/// <param name="Step">t of those that have none of their own.</param>
/// <param name="Options">What holds for the step as a whole.</param>
/// <param name="NonFinite">How many gradients are made infinite or NaN; negative for numbers of every kind in all of them.</param>
/// <param name="Seed">What the numbers in the arrays are drawn from.</param>
public sealed record ListCase(
    GroupCase[] Groups, TensorCase[] Tensors, long Step, StepOptions Options, int NonFinite, int Seed)
{
    public override string ToString() =>
        $"groups [{string.Join("; ", Groups.Select(group => $"{group.Value}"))}], tensors [{string.Join("; ", (object[])Tensors)}], "
        + $"step {Step}, {Options}, {NonFinite} not finite, seed {Seed}";
}

public sealed record GroupCase(string Rule, int Seed)
{
    public ParameterGroup Value => RandomGroup.Next(new Random(Seed), Enum.Parse<RuleKind>(Rule));
}

/// <param name="Length">Elements.</param>
/// <param name="Types">The number of a combination of storage types.</param>
/// <param name="Group">The index of its group.</param>
/// <param name="Step">Its own t, or 0.</param>
/// <param name="Offset">Bytes between its arrays and a 64-byte boundary.</param>
public sealed record TensorCase(int Length, int Types, int Group, long Step, int Offset)
{
    private const int TypeCount = 3;

    internal KernelKey Key(InstructionSet instructionSet, RuleKind rule)
    {
        StorageTypes types = default;
        int rest = Types;
        foreach (ArrayRole role in Enum.GetValues<ArrayRole>())
        {
            types = types.With(role, (ElementType)(rest % TypeCount));
            rest /= TypeCount;
        }

        return new KernelKey(instructionSet, rule, types);
    }
}

/// <summary>What FsCheck draws from.</summary>
public static class ListCases
{
    public static Gen<ListCase> All { get; } =
        from groupCount in Gen.Choose(1, 5)
        from groups in Gen.ArrayOf(Group, groupCount)
        from tensorCount in Gen.Frequency((1, Gen.Constant(0)), (20, Gen.Choose(1, 12)), (3, Gen.Choose(13, 48)))
        from tensors in Gen.ArrayOf(Tensor(groupCount), tensorCount)
        from step in Step
        from options in Options
        from nonFinite in Gen.Frequency((6, Gen.Constant(0)), (2, Gen.Choose(1, 3)), (1, Gen.Constant(-1)))
        from seed in Seed
        select new ListCase(groups, tensors, step, options, nonFinite, seed);

    /// <summary>The same with fewer tensors: of a failing list, what is needed to make it fail.</summary>
    public static IEnumerable<ListCase> Smaller(ListCase all) => all.Tensors
        .Select((_, left) => all with { Tensors = [.. all.Tensors.Where((_, i) => i != left)] });

    private static Gen<int> Seed => Gen.Choose(0, int.MaxValue);

    private static Gen<long> Step => Seed.Select(seed => RandomGroup.NextStep(new Random(seed)));

    private static Gen<GroupCase> Group =>
        from rule in Gen.Elements(Enum.GetNames<RuleKind>())
        from seed in Seed
        select new GroupCase(rule, seed);

    // Of the 3^6 combinations every 364th is one type for all arrays.
    private static Gen<TensorCase> Tensor(int groups) =>
        from length in Gen.Frequency((1, Gen.Constant(0)), (6, Gen.Choose(1, 70)), (3, Gen.Choose(71, 700)), (1, Gen.Choose(701, 3000)))
        from types in Gen.Choose(0, 728)
        from isUniform in Gen.Choose(0, 2)
        from @group in Gen.Choose(0, groups - 1)
        from hasStep in Gen.Choose(0, 3)
        from step in Step
        from offset in Gen.Choose(0, 63)
        select new TensorCase(length, isUniform == 0 ? types / 364 * 364 : types, @group, hasStep == 0 ? step : 0, offset);

    private static Gen<StepOptions> Options =>
        from norm in Gen.Frequency<double?>(
            (3, Gen.Constant<double?>(null)), (2, Gen.Elements<double?>(1e-3, 1, 100)), (1, Gen.Elements<double?>(double.PositiveInfinity, 5e-324)))
        from policy in Gen.Elements(NonFiniteGradients.Propagate, NonFiniteGradients.SkipStep)
        from reports in Gen.Elements(false, true)
        from threads in Gen.Elements(0, 1, 2, 7, int.MaxValue)
        select new StepOptions { MaxGradientNorm = norm, NonFiniteGradients = policy, ReportsChanges = reports, Threads = threads };
}

using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Rules;

/// <summary>Something to be done for a way to compute that is known at run time.</summary>
internal interface IRuleVisitor<V, TResult>
    where V : unmanaged, IVector<V>
{
    TResult Visit<R>()
        where R : struct, IRule<R, V>;
}

/// <summary>What is known of the ways to compute, which are a rule's for a set of state arrays.</summary>
internal static class RuleKinds
{
    private static readonly StateArrays[] _states = FindStates();
    private static readonly RuleDescription[] _descriptions = FindDescriptions();
    private static readonly int[] _firstOfRule = FindFirstOfRule();

    /// <summary>The state arrays of a step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static StateArrays StateOf(RuleKind kind) => _states[(int)kind];

    /// <summary>The rule.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RuleDescription DescriptionOf(RuleKind kind) => _descriptions[(int)kind];

    /// <summary>True where the numbers of a state array may be below 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsSigned(RuleKind kind, int state) => DescriptionOf(kind).State[state].IsSigned;

    /// <summary>The way that a group computes, whose rule is one of the rules.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static RuleKind Of(in GroupValues group) =>
        (RuleKind)(_firstOfRule[group.Rule] + RuleTable.Rules[group.Rule].KindOffset(group));

    /// <summary>True where weight decay is the rule's own, and never joins the gradients.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool HasOwnWeightDecay(RuleKind kind) =>
        RuleTable.Visit<ScalarVector, OwnWeightDecayQuery, bool>(kind, default);

    /// <summary>A rule's numbers for one step, and all others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static StepConstants ConstantsOf(RuleKind kind, in GroupValues group, StepNumbers numbers) =>
        RuleTable.Visit<ScalarVector, ConstantsQuery, StepConstants>(kind, new ConstantsQuery(group, numbers));

    /// <summary>A tensor's numbers after a step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static TensorNumbers Advance(RuleKind kind, in GroupValues group, long step, in TensorNumbers numbers) =>
        RuleTable.Visit<ScalarVector, AdvanceQuery, TensorNumbers>(kind, new AdvanceQuery(group, step, numbers));

    private static StateArrays[] FindStates()
    {
        var states = new StateArrays[RuleTable.KindCount];
        for (int i = 0; i < states.Length; i++)
        {
            states[i] = RuleTable.Visit<ScalarVector, StateQuery, StateArrays>((RuleKind)i, default);
        }

        return states;
    }

    private static RuleDescription[] FindDescriptions()
    {
        var descriptions = new RuleDescription[RuleTable.KindCount];
        int kind = 0;
        foreach (RuleDescription rule in RuleTable.Rules)
        {
            descriptions.AsSpan(kind, rule.KindCount).Fill(rule);
            kind += rule.KindCount;
        }

        return descriptions;
    }

    private static int[] FindFirstOfRule()
    {
        int[] first = new int[RuleTable.Rules.Length];
        for (int i = 1; i < first.Length; i++)
        {
            first[i] = first[i - 1] + RuleTable.Rules[i - 1].KindCount;
        }

        return first;
    }

    private readonly struct StateQuery : IRuleVisitor<ScalarVector, StateArrays>
    {
        public StateArrays Visit<R>()
            where R : struct, IRule<R, ScalarVector> => R.State;
    }

    private readonly struct OwnWeightDecayQuery : IRuleVisitor<ScalarVector, bool>
    {
        public bool Visit<R>()
            where R : struct, IRule<R, ScalarVector> => R.HasOwnWeightDecay;
    }

    private readonly struct ConstantsQuery(GroupValues group, StepNumbers numbers) : IRuleVisitor<ScalarVector, StepConstants>
    {
        // Not inlined, it would be compiled without optimisation.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public StepConstants Visit<R>()
            where R : struct, IRule<R, ScalarVector> =>
            new(group, R.Coefficients(group, numbers), R.ParameterDecay(group, numbers), R.HasOwnWeightDecay);
    }

    private readonly struct AdvanceQuery(GroupValues group, long step, TensorNumbers numbers) : IRuleVisitor<ScalarVector, TensorNumbers>
    {
        public TensorNumbers Visit<R>()
            where R : struct, IRule<R, ScalarVector>
        {
            TensorNumbers result = numbers;
            R.Advance(group, step, ref result);
            return result;
        }
    }
}

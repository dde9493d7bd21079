using System.Runtime.CompilerServices;
using FastAdam.Rules;

namespace FastAdam.Checks;

/// <summary>Finds what is wrong with a parameter group.</summary>
internal static class GroupCheck
{
    /// <exception cref="ArgumentOutOfRangeException">The group was never set, its rule is none of the rules, or a hyperparameter is out of
    /// its range, or set though the rule does not have it.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Values(in GroupValues group, Item item)
    {
        if (group.StructSize == 0)
        {
            throw item.OutOfRange(
                Fault.Hyperparameter, "default", $"{nameof(ParameterGroup)} must start from a rule's defaults, such as {nameof(ParameterGroup)}.Adam.");
        }

        if ((uint)group.Rule >= (uint)RuleTable.Rules.Length)
        {
            throw OutOfRange(item, group.Rule, nameof(ParameterGroup.Rule), "is none of the rules");
        }

        RuleDescription rule = RuleTable.Rules[group.Rule];
        Flags(group, rule, item);
        for (int i = 0; i < HyperparameterValues.Count; i++)
        {
            HyperparameterDescription number = Hyperparameters.Numbers[i];
            double value = group.Numbers[i];
            if (rule.Has((Hyperparameter)i))
            {
                Number(value, number.Name, rule.RangeOf((Hyperparameter)i), item);
            }
            else if (value != 0)
            {
                throw OutOfRange(item, value, number.Name, $"must be 0: {rule.Name} has none");
            }
        }

        double decay = group[Hyperparameter.WeightDecay];
        bool isMultiplied = group.Has(GroupFlags.DecoupledWeightDecay) || RuleKinds.HasOwnWeightDecay(RuleKinds.Of(group));
        if (isMultiplied && !float.IsFinite((float)(group[Hyperparameter.LearningRate] * decay)))
        {
            throw OutOfRange(item, decay, nameof(ParameterGroup.WeightDecay), "times LearningRate must be finite in single precision");
        }
    }

    /// <exception cref="ArgumentOutOfRangeException">The group is not plain Adam's, without weight decay.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ForSparseRows(in GroupValues group, Item item)
    {
        if (group.Rule != AdamRule.Description.Number)
        {
            throw item.OutOfRange(
                Fault.Unsupported, (OptimizerRule)group.Rule, $"{nameof(ParameterGroup)}.{nameof(ParameterGroup.Rule)} must be Adam for SparseAdam.");
        }

        if (group.Has(GroupFlags.AmsGrad))
        {
            throw item.OutOfRange(
                Fault.Unsupported, true, $"{nameof(ParameterGroup)}.{nameof(ParameterGroup.AmsGrad)} must be False: SparseAdam has none.");
        }

        if (group[Hyperparameter.WeightDecay] != 0)
        {
            throw OutOfRange(item, group[Hyperparameter.WeightDecay], nameof(ParameterGroup.WeightDecay), "must be 0: SparseAdam has none");
        }
    }

    /// <exception cref="ArgumentOutOfRangeException">The group is not Adam's, or is AMSGrad's.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ForAdamAlone(in GroupValues group, Item item)
    {
        if (group.Rule != AdamRule.Description.Number || group.Has(GroupFlags.AmsGrad))
        {
            throw item.OutOfRange(
                Fault.Unsupported,
                (OptimizerRule)group.Rule,
                $"{nameof(ParameterGroup)}.{nameof(ParameterGroup.Rule)} must be Adam, without AmsGrad: all others step through Optimizer.");
        }
    }

    /// <exception cref="ArgumentOutOfRangeException">A number that follows from the group is none that single precision holds.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Derived(in Coefficients coefficients, in GroupValues group, long step, Item item)
    {
        if (!coefficients.AreFinite())
        {
            double rate = group[Hyperparameter.LearningRate];
            bool isQuotient = !float.IsFinite((float)(rate / (1 - Math.Pow(group[Hyperparameter.Beta1], step))));
            string what = isQuotient ? "divided by 1 - Beta1^step" : "and what follows from it and the group's other numbers";
            throw OutOfRange(item, rate, nameof(ParameterGroup.LearningRate), $"{what} must be finite in single precision, also in step {step}");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Flags(in GroupValues group, RuleDescription rule, Item item)
    {
        GroupFlags foreign = group.Flags & ~(Hyperparameters.FlagsOfEveryRule | rule.Flags);
        foreach (FlagDescription flag in Hyperparameters.Flags)
        {
            if ((foreign & flag.Flag) != 0)
            {
                throw OutOfRange(item, true, flag.Name, $"must be False: {rule.Name} has none");
            }

            foreign &= ~flag.Flag;
        }

        if (foreign != 0)
        {
            throw item.OutOfRange(Fault.Flags, (ulong)foreign, "an unknown flag is set.");
        }

        foreach (Requirement requirement in rule.Requirements)
        {
            if (group.Has(requirement.Flag) && !requirement.Holds(group))
            {
                throw OutOfRange(item, true, NameOf(requirement.Flag), requirement.Text);
            }
        }
    }

    private static string NameOf(GroupFlags flag) => Array.Find(Hyperparameters.Flags, each => each.Flag == flag)!.Name;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Number(double value, string name, ValidRange range, Item item)
    {
        float single = (float)value;
        (bool isValid, string requirement) = range switch
        {
            ValidRange.NotNegative => (value >= 0 && float.IsFinite(single), "must be at least 0 and finite in single precision"),
            ValidRange.DecayRate => (value >= 0 && value < 1, "must be at least 0 and below 1"),
            ValidRange.Finite => (float.IsFinite(single), "must be finite in single precision"),
            ValidRange.NotVanishing => (
                (value == 0 || single > 0) && float.IsFinite(single), "must be 0, or above 0 and finite in single precision"),
            ValidRange.Positive => (single > 0 && float.IsFinite(single), "must be above 0 and finite in single precision"),
            ValidRange.NotNegativeOrInfinite => (
                value >= 0 && (float.IsFinite(single) || double.IsInfinity(value)),
                "must be at least 0 and finite in single precision, or infinity"),
            ValidRange.DecayRateAbove0 => (
                value > 0 && value < 1 && float.IsFinite((float)(2 / value)),
                "must be above 0 and below 1, and twice its inverse finite in single precision"),
            _ => (single > 0, "must be above 0 in single precision"),
        };
        if (!isValid)
        {
            throw OutOfRange(item, value, name, requirement);
        }
    }

    private static ArgumentOutOfRangeException OutOfRange(Item item, object value, string name, string requirement) =>
        item.OutOfRange(Fault.Hyperparameter, value, $"{nameof(ParameterGroup)}.{name} {requirement}.");
}

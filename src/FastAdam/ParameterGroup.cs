using System.Text;
using FastAdam.Rules;

namespace FastAdam;

/// <summary>
/// A parameter group: a rule and its hyperparameters. Start from a rule's defaults, such as <see cref="Adam"/> or <see cref="Sgd"/>, and
/// change single ones by <c>with { LearningRate = 3e-4 }</c>. <c>default</c> is no valid group.
/// </summary>
/// <remarks>
/// All numbers are dimensionless, are checked when a step is made, and must be finite in single precision too, in which the
/// elements are computed. What a rule does not have must stay as in its defaults.
/// </remarks>
public readonly partial struct ParameterGroup : IEquatable<ParameterGroup>
{
    internal readonly GroupValues Values;

    internal ParameterGroup(in GroupValues values) => Values = values;

    /// <summary>The optimizer.</summary>
    public OptimizerRule Rule => (OptimizerRule)Values.Rule;

    /// <summary>What becomes of state too small for a normal single-precision number. Default
    /// <see cref="Subnormals.Flush"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is set to a value that is none of the enumeration's.</exception>
    public Subnormals Subnormals
    {
        get => Values.Has(GroupFlags.PreserveSubnormals) ? Subnormals.Preserve : Subnormals.Flush;
        init => Values = value is Subnormals.Flush or Subnormals.Preserve
            ? Values.With(GroupFlags.PreserveSubnormals, value == Subnormals.Preserve)
            : throw new ArgumentOutOfRangeException(nameof(value), value, $"{nameof(Subnormals)} must be Flush or Preserve.");
    }

    /// <summary>True where both have the same rule and hyperparameters.</summary>
    /// <param name="left">A group.</param>
    /// <param name="right">Another one.</param>
    public static bool operator ==(ParameterGroup left, ParameterGroup right) => left.Equals(right);

    /// <summary>True where the two differ.</summary>
    /// <param name="left">A group.</param>
    /// <param name="right">Another one.</param>
    public static bool operator !=(ParameterGroup left, ParameterGroup right) => !left.Equals(right);

    /// <summary>True where both have the same rule and hyperparameters, to the bit.</summary>
    /// <param name="other">The other group.</param>
    /// <returns>True where they are the same.</returns>
    public bool Equals(ParameterGroup other) => GroupValues.AreSame(Values, other.Values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ParameterGroup other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Values.Rule);
        hash.Add(Values.Flags);
        for (int i = 0; i < HyperparameterValues.Count; i++)
        {
            hash.Add(Values.Numbers[i]);
        }

        return hash.ToHashCode();
    }

    /// <summary>The rule and its hyperparameters, by their names.</summary>
    /// <returns>Such as <c>Adam { LearningRate = 0.001, ... }</c>.</returns>
    public override string ToString()
    {
        if (Values.StructSize == 0 || (uint)Values.Rule >= (uint)RuleTable.Rules.Length)
        {
            return "no group";
        }

        RuleDescription rule = RuleTable.Rules[Values.Rule];
        var text = new StringBuilder(rule.Name).Append(" { ");
        for (int i = 0; i < HyperparameterValues.Count; i++)
        {
            if (rule.Has((Hyperparameter)i))
            {
                text.Append(Hyperparameters.Numbers[i].Name).Append(" = ").Append($"{Values.Numbers[i]:r}").Append(", ");
            }
        }

        foreach (FlagDescription flag in Hyperparameters.Flags)
        {
            if (Values.Has(flag.Flag))
            {
                text.Append(flag.Name).Append(", ");
            }
        }

        text.Length -= 2;
        return text.Append(" }").ToString();
    }
}

using System.Runtime.CompilerServices;

namespace FastAdam.Rules;

/// <summary>Whose storage type a state array has by default, where a caller chooses one for each moment.</summary>
internal enum Follows
{
    /// <summary>That of the first moment: the array is linear in the gradients.</summary>
    FirstMoment,

    /// <summary>That of the second moment: the array measures the gradients' size.</summary>
    SecondMoment,
}

/// <summary>A state array of a rule.</summary>
/// <param name="Name">PyTorch's name.</param>
/// <param name="Symbol">Its letter in the formula.</param>
/// <param name="Meaning">What it is, in a few words.</param>
/// <param name="Follows">Whose storage type it has by default.</param>
internal sealed record StateArray(string Name, char Symbol, string Meaning, Follows Follows)
{
    /// <summary>The number above 0 that makes a step keep the array; null where it does not depend on one.</summary>
    public Hyperparameter? IfAbove0 { get; init; }

    /// <summary>The flag that makes a step keep the array; none where it does not depend on one.</summary>
    public GroupFlags IfOn { get; init; }

    /// <summary>What is in it before step 1, where it need not be 0: an argument of PyTorch's constructor.</summary>
    public string? InitialValue { get; init; }

    /// <summary>True where its numbers may be below 0. Default: where it follows the first moment.</summary>
    public bool IsSigned { get; init; } = Follows == Follows.FirstMoment;

    /// <summary>Why it cannot be stored in blocks of 8 bits; null where it can.</summary>
    public string? WhyNotBlock8 { get; init; }

    /// <summary>True where not every step keeps the array.</summary>
    public bool IsOptional => IfAbove0 is not null || IfOn != 0;

    /// <summary>True where a step of that group keeps the array.</summary>
    public bool IsKept(in GroupValues group) =>
        !IsOptional || (IfAbove0 is Hyperparameter number && group[number] != 0) || group.Has(IfOn);
}

/// <summary>A number that a rule keeps for each tensor.</summary>
/// <param name="Name">PyTorch's name.</param>
/// <param name="Symbol">What it is called in the formula.</param>
/// <param name="Initial">Its value before step 1.</param>
/// <param name="Largest">It is from 0 to this.</param>
internal sealed record TensorNumber(string Name, string Symbol, double Initial, double Largest)
{
    /// <summary>Why a step is refused where it is not 0; null where it is not.</summary>
    public string? WhyZeroInStep { get; init; }
}

/// <summary>What hyperparameters must be to each other where a flag is on.</summary>
/// <param name="Flag">The flag, which the error is about.</param>
/// <param name="Holds">True where it holds.</param>
/// <param name="Text">What an error says of the flag.</param>
internal sealed record Requirement(GroupFlags Flag, Func<GroupValues, bool> Holds, string Text);

/// <summary>Other defaults for a rule, under a name of their own.</summary>
/// <param name="Name">Its name in C# and in Python.</param>
/// <param name="Flags">Flags that are on, and stay on in Python.</param>
/// <param name="WeightDecay">The factor of weight decay.</param>
internal sealed record RulePreset(string Name, GroupFlags Flags, double WeightDecay);

/// <summary>The exact operations of a rule, or of one of its options: a row of the table in src/NUMERICS.md.</summary>
/// <param name="Rule">The rule or the option.</param>
/// <param name="State">What becomes of the state.</param>
/// <param name="Update">What becomes of the parameters.</param>
internal sealed record RuleOperations(string Rule, string State, string Update);

/// <summary>A rule's text for people: what the documents, the headers and the Python package say of it.</summary>
/// <param name="Title">Its name in print.</param>
/// <param name="Formula">Its formula without roundings, in lines, with g the gradient, t the step, bc1 = 1 - beta1^t and
/// bc2 = 1 - beta2^t.</param>
/// <param name="Source">Whose semantics and defaults it has.</param>
internal sealed record RuleDocumentation(string Title, string[] Formula, string Source)
{
    /// <summary>Its exact operations.</summary>
    public required RuleOperations[] Operations { get; init; }

    /// <summary>The arguments of its class in Python that may come without their names, in PyTorch's order.</summary>
    public required string[] Arguments { get; init; }

    /// <summary>True where PyTorch has the state from the beginning, and not from the first step on.</summary>
    public bool StartsWithState { get; init; }
}

/// <summary>What a rule is, but for its mathematics: all else about it is derived from this.</summary>
/// <param name="name">Its name in <see cref="OptimizerRule"/>.</param>
/// <param name="number">Its number there and in C.</param>
internal sealed class RuleDescription(string name, int number)
{
    /// <summary>Its name in <see cref="OptimizerRule"/>.</summary>
    public string Name { get; } = name;

    /// <summary>Its number there, in C, and in the list of all rules.</summary>
    public int Number { get; } = number;

    /// <summary>The class of Python; that of PyTorch where it has one.</summary>
    public string PythonName { get; init; } = name;

    /// <summary>Its arrays, in the order in which tensors name them.</summary>
    public StateArray[] State { get; init; } = [];

    /// <summary>The hyperparameters that it has beside those of every rule, and the defaults of all that are not 0.</summary>
    public (Hyperparameter Hyperparameter, double Default)[] Hyperparameters { get; init; } = [];

    /// <summary>The flags that it has beside those of every rule.</summary>
    public GroupFlags Flags { get; init; }

    /// <summary>Those that are on by default.</summary>
    public GroupFlags DefaultFlags { get; init; }

    /// <summary>Numbers that it keeps for each tensor: <see cref="TensorNumbers.Capacity"/> at most.</summary>
    public TensorNumber[] Numbers { get; init; } = [];

    /// <summary>True where PyTorch's state has the number of the step. Else it matters only whether it is the first.</summary>
    public bool KeepsStep { get; init; } = true;

    public Requirement[] Requirements { get; init; } = [];

    /// <summary>Ranges of hyperparameters that differ from the other rules'.</summary>
    public (Hyperparameter Hyperparameter, ValidRange Range)[] Ranges { get; init; } = [];

    /// <summary>Other defaults under names of their own.</summary>
    public RulePreset[] Presets { get; init; } = [];

    /// <summary>Names of hyperparameters in Python that differ from the others' there.</summary>
    public (Hyperparameter Hyperparameter, string Name)[] PythonNames { get; init; } = [];

    /// <summary>How many ways it has to compute: two for each optional array.</summary>
    public int KindCount => 1 << Array.FindAll(State, array => array.IsOptional).Length;

    /// <summary>True where the rule has it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool Has(Hyperparameter hyperparameter)
    {
        foreach ((Hyperparameter own, _) in Hyperparameters)
        {
            if (own == hyperparameter)
            {
                return true;
            }
        }

        return Array.IndexOf(Rules.Hyperparameters.OfEveryRule, hyperparameter) >= 0;
    }

    /// <summary>Which values of a hyperparameter are valid.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public ValidRange RangeOf(Hyperparameter hyperparameter)
    {
        foreach ((Hyperparameter own, ValidRange range) in Ranges)
        {
            if (own == hyperparameter)
            {
                return range;
            }
        }

        return Rules.Hyperparameters.Numbers[(int)hyperparameter].Range;
    }

    /// <summary>The flags that it has, and those of every rule.</summary>
    public IEnumerable<FlagDescription> AllFlags() =>
        Rules.Hyperparameters.Flags.Where(flag => ((Flags | Rules.Hyperparameters.FlagsOfEveryRule) & flag.Flag) != 0);

    /// <summary>The hyperparameters that are numbers as PyTorch has them: under its names, several decay rates as one. Those that belong to a
    /// step there are none of them.</summary>
    public IEnumerable<(string Name, Hyperparameter[] Numbers)> TorchHyperparameters()
    {
        Hyperparameter[] betas = [.. new[] { Hyperparameter.Beta1, Hyperparameter.Beta2, Hyperparameter.Beta3 }.Where(Has)];
        for (Hyperparameter each = 0; each < Hyperparameter.Count; each++)
        {
            bool isOfStep = each is Hyperparameter.GradientScale or Hyperparameter.MaxGradientValue;
            bool isBeta = betas.Length > 1 && betas.Contains(each);
            if (!Has(each) || isOfStep || (isBeta && each != betas[0]))
            {
                continue;
            }

            string? ownName = PythonNames.Where(own => own.Hyperparameter == each).Select(own => own.Name).FirstOrDefault();
            yield return isBeta ? ("betas", betas) : (ownName ?? Rules.Hyperparameters.Numbers[(int)each].TorchName, [each]);
        }
    }

    /// <summary>A group of this rule with its defaults.</summary>
    public unsafe GroupValues Defaults()
    {
        var group = new GroupValues { StructSize = (uint)sizeof(GroupValues), Rule = Number, Flags = DefaultFlags };
        group.Numbers[(int)Hyperparameter.GradientScale] = 1;
        group.Numbers[(int)Hyperparameter.MaxGradientValue] = double.PositiveInfinity;
        foreach ((Hyperparameter hyperparameter, double value) in Hyperparameters)
        {
            group.Numbers[(int)hyperparameter] = value;
        }

        return group;
    }

    /// <summary>Which of its ways a group asks for: a bit for each optional array, in their order.</summary>
    public int KindOffset(in GroupValues group)
    {
        (int offset, int bit) = (0, 1);
        foreach (StateArray array in State)
        {
            if (array.IsOptional)
            {
                offset |= array.IsKept(group) ? bit : 0;
                bit <<= 1;
            }
        }

        return offset;
    }
}

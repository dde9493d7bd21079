using System.Reflection;
using FastAdam.Rules;

namespace FastAdam.Faces;

/// <summary>A rule, as its file under src/FastAdam/Rules says it.</summary>
/// <param name="Type">The name of its types in C#: AdamRule.</param>
/// <param name="Description">What it is.</param>
/// <param name="Documentation">What is said of it.</param>
internal sealed record RuleInfo(string Type, RuleDescription Description, RuleDocumentation Documentation)
{
    public string Name => Description.Name;

    /// <summary>ADAM.</summary>
    public string CName => Name.ToUpperInvariant();

    /// <summary>The ways to compute, by their numbers within the rule: their names, and their types of the registers V.</summary>
    public IEnumerable<(string Name, string Type)> Kinds
    {
        get
        {
            StateArray[] optional = [.. Description.State.Where(array => array.IsOptional)];
            for (int kind = 0; kind < Description.KindCount; kind++)
            {
                IEnumerable<(StateArray Array, bool IsOn)> switches = optional.Select((array, bit) => (array, (kind >> bit & 1) != 0));
                yield return (
                    Name + string.Concat(switches.Where(each => each.IsOn).Select(each => OptionOf(each.Array))),
                    $"{Type}<V{string.Concat(switches.Select(each => each.IsOn ? ", On" : ", Off"))}>");
            }
        }
    }

    /// <summary>True where weight decay is the rule's own: its struct says so. The library's table does not know a new rule yet.</summary>
    public bool HasOwnWeightDecay => typeof(RuleDescription).Assembly.GetTypes()
        .Single(type => type.Namespace == typeof(RuleDescription).Namespace && type.Name.StartsWith($"{Type}`", StringComparison.Ordinal))
        .GetProperty(nameof(IRule<AdamRule<Isa.ScalarVector, Off>, Isa.ScalarVector>.HasOwnWeightDecay)) is not null;

    /// <summary>All hyperparameters of the rule, in the order of their values.</summary>
    public IEnumerable<HyperparameterDescription> Numbers =>
        Hyperparameters.Numbers.Where((_, i) => Description.Has((Hyperparameter)i));

    /// <summary>All flags of the rule.</summary>
    public IEnumerable<FlagDescription> Flags =>
        Hyperparameters.Flags.Where(flag => (flag.Flag & (Description.Flags | Hyperparameters.FlagsOfEveryRule)) != 0);

    /// <summary>Every rule in the library, by its number.</summary>
    public static RuleInfo[] Find()
    {
        RuleInfo[] rules =
        [
            .. typeof(RuleDescription).Assembly.GetTypes()
                .Where(type => type.Namespace == "FastAdam.Rules" && type.GetProperty("Description")?.PropertyType == typeof(RuleDescription))
                .Select(type => new RuleInfo(
                    type.Name,
                    (RuleDescription)Value(type, "Description"),
                    (RuleDocumentation)Value(type, "Documentation")))
                .OrderBy(rule => rule.Description.Number),
        ];
        for (int i = 0; i < rules.Length; i++)
        {
            if (rules[i].Description.Number != i)
            {
                throw new InvalidDataException($"{rules[i].Type} has the number {rules[i].Description.Number}; the next free one is {i}.");
            }
        }

        return rules;
    }

    private static string OptionOf(StateArray array) => array.IfAbove0 is Hyperparameter number
        ? $"{number}"
        : Hyperparameters.Flags.Single(flag => flag.Flag == array.IfOn).Name;

    private static object Value(Type type, string property) =>
        type.GetProperty(property, BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;
}

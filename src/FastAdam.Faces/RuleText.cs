using System.Globalization;
using FastAdam.Rules;

namespace FastAdam.Faces;

/// <summary>What all documents say of a rule in the same words.</summary>
internal static class RuleText
{
    /// <summary>Its state: arrays and numbers.</summary>
    public static string State(RuleInfo rule)
    {
        IEnumerable<string> arrays = rule.Description.State.Select(array =>
            (array.Name == $"{array.Symbol}" ? array.Name : $"{array.Name} {array.Symbol}") + (array.IsOptional ? $" with {Option(array)}" : "")
            + (array.InitialValue is null ? "" : ", which may hold another value before step 1"));
        IEnumerable<string> numbers = rule.Description.Numbers.Select(number =>
            $"the number {number.Name}{(number.Symbol.Length == 0 ? "" : " ")}{number.Symbol}, {Number(number.Initial)} before step 1"
            + (number.WhyZeroInStep is null ? "" : $" and in every step: {number.WhyZeroInStep}"));
        string[] all = [.. arrays, .. numbers];
        return all.Length == 0 ? "State: none." : $"State: {string.Join(", ", all)}.";
    }

    /// <summary>Its defaults that are not 0, those of every rule left out.</summary>
    public static string Defaults(RuleInfo rule) => string.Join(
        ", ",
        [
            .. rule.Description.Hyperparameters.Where(each => each.Default != 0)
                .Select(each => $"{Hyperparameters.Numbers[(int)each.Hyperparameter].TorchName} {Number(each.Default)}"),
            .. FlagsIn(rule.Description.DefaultFlags).Select(flag => flag.TorchName),
        ]);

    /// <summary>What a preset sets.</summary>
    public static string Preset(RulePreset preset) =>
        $"{string.Join(", ", FlagsIn(preset.Flags).Select(flag => flag.TorchName))} and weight_decay {Number(preset.WeightDecay)}";

    /// <summary>The flags that are on.</summary>
    public static IEnumerable<FlagDescription> FlagsIn(GroupFlags flags) => Hyperparameters.Flags.Where(flag => (flag.Flag & flags) != 0);

    /// <summary>Which values are valid.</summary>
    public static string Range(ValidRange range) => range switch
    {
        ValidRange.NotNegative => "finite, at least 0",
        ValidRange.DecayRate => "from 0 to below 1",
        ValidRange.Finite => "finite",
        ValidRange.NotVanishing => "0, or finite and above 0 in single precision",
        ValidRange.Positive => "finite and above 0 in single precision, 1 by default",
        ValidRange.DecayRateAbove0 => "above 0 and below 1, twice its inverse finite in single precision",
        ValidRange.NotNegativeOrInfinite => "finite and at least 0, or infinity",
        _ => "above 0 in single precision, infinity by default",
    };

    /// <summary>The rules that have a hyperparameter.</summary>
    public static string Owners(RuleInfo[] rules, int hyperparameter) =>
        Owners(rules, rule => rule.Description.Has((Hyperparameter)hyperparameter));

    /// <summary>Which values of a hyperparameter are valid, and for which rules it is others.</summary>
    public static string Ranges(RuleInfo[] rules, int hyperparameter) => Range(Hyperparameters.Numbers[hyperparameter].Range)
        + string.Concat(rules.SelectMany(rule => rule.Description.Ranges
            .Where(own => (int)own.Hyperparameter == hyperparameter)
            .Select(own => $"; of {rule.Name} {Range(own.Range)}")));

    /// <summary>The rules that have a flag.</summary>
    public static string Owners(RuleInfo[] rules, GroupFlags flag) =>
        Owners(rules, rule => ((rule.Description.Flags | Hyperparameters.FlagsOfEveryRule) & flag) != 0);

    public static string Number(double value) => value switch
    {
        double.PositiveInfinity => "infinity",
        0 => "0",
        _ when Math.Abs(value) < 0.1 => value.ToString("0.################e0", CultureInfo.InvariantCulture),
        _ => value.ToString("r", CultureInfo.InvariantCulture),
    };

    /// <summary>What makes a step keep an optional array.</summary>
    public static string Option(StateArray array) => array.IfAbove0 is Hyperparameter number
        ? $"a {Hyperparameters.Numbers[(int)number].TorchName} above 0"
        : Hyperparameters.Flags.Single(flag => flag.Flag == array.IfOn).TorchName;

    private static string Owners(RuleInfo[] rules, Func<RuleInfo, bool> has)
    {
        RuleInfo[] owners = [.. rules.Where(has)];
        return owners.Length == rules.Length ? "Every rule" : string.Join(", ", owners.Select(rule => rule.Name));
    }
}

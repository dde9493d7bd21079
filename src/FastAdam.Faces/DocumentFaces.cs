using FastAdam.Rules;

namespace FastAdam.Faces;

/// <summary>The tables of rules in the documents.</summary>
internal static class DocumentFaces
{
    public static IEnumerable<Face> Of(string root, RuleInfo[] rules) =>
    [
        Face.WithParts(root, "src/FastAdam/README.md", ("rules", Names(rules))),
        Face.WithParts(root, "src/NUMERICS.md", ("rules", Operations(rules))),
        Face.WithParts(root, "native-aot/python/README.md", ("rules", PythonClasses(rules))),
    ];

    private static string Names(RuleInfo[] rules) => "\n| C# | C | Python | state | bytes of fp32 state |\n|---|---|---|---|---|\n"
        + string.Concat(rules.Select(rule =>
            $"| `{rule.Name}` | `FASTADAM_{rule.CName}` | `{rule.Description.PythonName}` | {State(rule)} | {Bytes(rule)} |\n")) + "\n";

    private static string State(RuleInfo rule) => string.Join(
        ", ",
        [
            .. rule.Description.State.Select(array => $"`{array.Name}`" + (array.IsOptional ? $" ({RuleText.Option(array)})" : "")),
            .. rule.Description.Numbers.Select(number => $"the number `{number.Name}`"),
        ]);

    private static string Bytes(RuleInfo rule)
    {
        int most = rule.Description.State.Length;
        int least = rule.Description.State.Count(array => !array.IsOptional);
        return most == least ? $"{4 * most}" : $"{4 * least} to {4 * most}";
    }

    private static string Operations(RuleInfo[] rules) => "\n| rule | state | update |\n|---|---|---|\n"
        + string.Concat(rules.SelectMany(rule => rule.Documentation.Operations)
            .Select(each => $"| {each.Rule} | {each.State} | {each.Update} |\n")) + "\n";

    // SparseAdam is no rule. It stands here because a table ends where the generated part does.
    private static string PythonClasses(RuleInfo[] rules) => "\n| class | state |\n|---|---|\n"
        + string.Concat(rules.Select(rule => $"| {ClassNames(rule)} | {PythonState(rule)} |\n"))
        + "| `SparseAdam` | `exp_avg`, `exp_avg_sq` |\n\n";

    private static string ClassNames(RuleInfo rule) => string.Join(
        ", ", rule.Description.Presets.Select(preset => preset.Name).Prepend(rule.Description.PythonName).Select(name => $"`{name}`"));

    private static string PythonState(RuleInfo rule)
    {
        StateArray[] arrays = rule.Description.State;
        return string.Join(
            ", ",
            [
                .. arrays.Where(array => !array.IsOptional).Select(array => $"`{array.Name}`"),
                .. arrays.Where(array => array.IsOptional)
                    .Select((array, i) => $"{(i == 0 ? "with " : "")}`{PythonFaces.OptionOf(array)}` `{array.Name}`"),
                .. rule.Description.Numbers.Select(number => $"the number `{number.Name}`"),
            ]);
    }
}

namespace FastAdam.Faces;

/// <summary>The tables of rules in the documents.</summary>
internal static class DocumentFaces
{
    public static IEnumerable<Face> Of(string root, RuleInfo[] rules) =>
    [
        Face.WithParts(root, "README.md", ("rules", Names(rules))),
        Face.WithParts(root, "src/NUMERICS.md", ("rules", Operations(rules))),
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
}

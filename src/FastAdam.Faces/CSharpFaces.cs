using System.Globalization;
using System.Text;
using FastAdam.Rules;

namespace FastAdam.Faces;

/// <summary>What the library itself derives from its rules.</summary>
internal static class CSharpFaces
{
    private const string Written = "// Written by src/FastAdam.Faces from the rules' descriptions: do not edit.\n";
    private const string PublicApi = "src/FastAdam/PublicAPI.Unshipped.txt";
    private const string ReleasedApi = "src/FastAdam/PublicAPI.Shipped.txt";

    public static IEnumerable<Face> Of(string root, RuleInfo[] rules) =>
    [
        new("src/FastAdam/Rules/RuleTable.g.cs", RuleTable(rules)),
        new("src/FastAdam/OptimizerRule.g.cs", OptimizerRule(rules)),
        new("src/FastAdam/ParameterGroup.g.cs", ParameterGroup(rules)),
        new(PublicApi, NewNames(File.ReadAllLines(Path.Combine(root, PublicApi)), File.ReadAllLines(Path.Combine(root, ReleasedApi)), rules)),
    ];

    private static string RuleTable(RuleInfo[] rules)
    {
        (string Name, string Type)[] kinds = [.. rules.SelectMany(rule => rule.Kinds)];
        return Written + $$"""
            using System.Runtime.CompilerServices;
            using FastAdam.Isa;

            namespace FastAdam.Rules;

            /// <summary>The ways to compute that have kernels: one for each rule and set of state arrays.</summary>
            internal enum RuleKind : byte
            {
            {{Lines(kinds, kind => $"    {kind.Name},")}}}

            /// <summary>The one table of rules.</summary>
            internal static class RuleTable
            {
                /// <summary>How many members <see cref="RuleKind"/> has.</summary>
                public const int KindCount = {{kinds.Length}};

                /// <summary>All rules, by their numbers.</summary>
                public static readonly RuleDescription[] Rules =
                [
            {{Lines(rules, rule => $"        {rule.Type}.Description,")}}    ];

                /// <summary>Calls the visitor with a rule's type.</summary>
                [MethodImpl(MethodImplOptions.AggressiveInlining)]
                public static TResult Visit<V, TVisitor, TResult>(RuleKind kind, TVisitor visitor)
                    where V : unmanaged, IVector<V>
                    where TVisitor : struct, IRuleVisitor<V, TResult> => kind switch
                    {
            {{Lines(kinds, kind => $"            RuleKind.{kind.Name} => visitor.Visit<{kind.Type}>(),")}}            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Unknown rule."),
                    };
            }

            """;
    }

    private static string OptimizerRule(RuleInfo[] rules)
    {
        var text = new StringBuilder(Written + """
            namespace FastAdam;

            /// <summary>
            /// The optimizers, with what each keeps for a tensor: <see cref="OptimizerTensor"/> names the state arrays and the numbers in this
            /// order. In the formulas p are the parameters, t is the step, bc1 = 1 - beta1^t, bc2 = 1 - beta2^t, and g is the gradient after
            /// <see cref="ParameterGroup.GradientScale"/>, clipping, <see cref="ParameterGroup.Maximize"/> and coupled weight decay. State is zero
            /// before step 1 where nothing else is said. Each rule has PyTorch's semantics, defaults and order of operations where PyTorch has it.
            /// </summary>
            public enum OptimizerRule
            {

            """);
        foreach (RuleInfo rule in rules)
        {
            text.Append("    /// <summary>\n");
            text.Append($"    /// {rule.Documentation.Title}:\n    /// <code>\n");
            foreach (string line in rule.Documentation.Formula)
            {
                text.Append($"    /// {Xml(line)}\n");
            }

            text.Append("    /// </code>\n");
            text.Append(Wrapped($"{RuleText.State(rule)} {rule.Documentation.Source}.", "    /// ", 130, Xml));
            text.Append($"    /// </summary>\n    {rule.Name} = {rule.Description.Number},\n");
            text.Append(rule == rules[^1] ? "" : "\n");
        }

        return text.Append("}\n").ToString();
    }

    private static string ParameterGroup(RuleInfo[] rules)
    {
        var text = new StringBuilder(Written + """
            using FastAdam.Rules;

            namespace FastAdam;

            public readonly partial struct ParameterGroup
            {

            """);
        foreach (RuleInfo rule in rules)
        {
            text.Append(Wrapped(
                $"<summary>The defaults for {rule.Documentation.Title}: {RuleText.Defaults(rule)}.</summary>", "    /// ", 130, line => line));
            text.Append($"    public static ParameterGroup {rule.Name} => new({rule.Type}.Description.Defaults());\n\n");
            foreach (RulePreset preset in rule.Description.Presets)
            {
                text.Append($"    /// <summary>The defaults for {preset.Name}: as <see cref=\"{rule.Name}\"/>, with {RuleText.Preset(preset)}.</summary>\n");
                text.Append($"    public static ParameterGroup {preset.Name} => {rule.Name} with {{ ");
                text.Append(string.Concat(RuleText.FlagsIn(preset.Flags).Select(flag => $"{flag.Name} = true, ")));
                text.Append($"WeightDecay = {RuleText.Number(preset.WeightDecay)} }};\n\n");
            }
        }

        foreach ((HyperparameterDescription number, int i) in Hyperparameters.Numbers.Select((number, i) => (number, i)))
        {
            text.Append(Wrapped(
                $"<summary>{number.TorchName}, {number.Meaning}: {RuleText.Ranges(rules, i)}. {RuleText.Owners(rules, i)}.</summary>",
                "    /// ",
                130,
                line => line));
            text.Append($$"""
                    public double {{number.Name}}
                    {
                        get => Values[Hyperparameter.{{number.Name}}];
                        init => Values = Values.With(Hyperparameter.{{number.Name}}, value);
                    }


                """);
        }

        foreach (FlagDescription flag in PublicFlags)
        {
            text.Append(Wrapped(
                $"<summary>True: {flag.Meaning}. {RuleText.Owners(rules, flag.Flag)}.</summary>", "    /// ", 130, line => line));
            text.Append($$"""
                    public bool {{flag.Name}}
                    {
                        get => Values.Has(GroupFlags.{{flag.Name}});
                        init => Values = Values.With(GroupFlags.{{flag.Name}}, value);
                    }


                """);
        }

        return text.ToString().TrimEnd() + "\n}\n";
    }

    /// <summary>The public API's lines, of which those about the derived types are replaced.</summary>
    private static string NewNames(string[] lines, string[] released, RuleInfo[] rules)
    {
        string[] derived =
        [
            .. rules.Select(rule => $"FastAdam.OptimizerRule.{rule.Name} = {rule.Description.Number} -> FastAdam.OptimizerRule"),
            .. rules.SelectMany(rule => (string[])[rule.Name, .. rule.Description.Presets.Select(preset => preset.Name)])
                .Select(name => $"static FastAdam.ParameterGroup.{name}.get -> FastAdam.ParameterGroup"),
            .. Hyperparameters.Numbers.SelectMany(number => Property(number.Name, "double")),
            .. PublicFlags.SelectMany(flag => Property(flag.Name, "bool")),
        ];
        HashSet<string> handWritten = ["Rule", "Subnormals"];
        IEnumerable<string> kept = lines.Where(line => line.Length != 0 && line[0] != '#' && !IsDerived(line));
        return "#nullable enable\n" + Lines([.. kept.Concat(derived).Except(released).Order(StringComparer.Ordinal)], line => line);

        bool IsDerived(string line)
        {
            const string Member = "FastAdam.ParameterGroup.";
            if (line.StartsWith("FastAdam.OptimizerRule.", StringComparison.Ordinal))
            {
                return true;
            }

            int start = line.IndexOf(Member, StringComparison.Ordinal);
            int end = line.IndexOfAny(['.'], start < 0 ? 0 : start + Member.Length);
            bool isProperty = line.Contains(".get -> ", StringComparison.Ordinal) || line.EndsWith(".init -> void", StringComparison.Ordinal);
            return start >= 0 && end > start && isProperty && !handWritten.Contains(line[(start + Member.Length)..end]);
        }

        static string[] Property(string name, string type) =>
            [$"FastAdam.ParameterGroup.{name}.get -> {type}", $"FastAdam.ParameterGroup.{name}.init -> void"];
    }

    /// <summary>Flags that are properties of C#: one has an enumeration there.</summary>
    private static IEnumerable<FlagDescription> PublicFlags =>
        Hyperparameters.Flags.Where(flag => flag.Flag != GroupFlags.PreserveSubnormals);

    private static string Lines<T>(IReadOnlyCollection<T> items, Func<T, string> line) =>
        string.Concat(items.Select(item => string.Create(CultureInfo.InvariantCulture, $"{line(item)}\n")));

    private static string Wrapped(string text, string indent, int width, Func<string, string> escape) =>
        TextLines.Wrap(text, width - indent.Length).Aggregate("", (all, line) => $"{all}{indent}{escape(line)}\n");

    private static string Xml(string line) =>
        line.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
}

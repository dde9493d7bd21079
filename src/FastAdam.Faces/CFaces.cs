using System.Globalization;
using System.Text;
using FastAdam.Rules;

namespace FastAdam.Faces;

/// <summary>What C and C++ see of the rules.</summary>
internal static class CFaces
{
    private const int Width = 130;

    public static IEnumerable<Face> Of(string root, RuleInfo[] rules) =>
    [
        Face.WithParts(
            root,
            "native-aot/include/fastadam.h",
            [
                ("rules", Rules(rules)),
                ("flags", Flags(rules)),
                .. NativeStruct.All.Select(each => (each.CName, Struct(each))),
            ]),
        Face.WithParts(root, "native-aot/include/fastadam.hpp", ("rules", Factories(rules))),
        new("native-aot/loader/defaults.g.h", Defaults(rules)),
    ];

    private static string Rules(RuleInfo[] rules)
    {
        var text = new StringBuilder("enum {\n");
        foreach (RuleInfo rule in rules)
        {
            string[] lines =
            [
                .. rule.Documentation.Formula,
                .. TextLines.Wrap($"{RuleText.State(rule)} Default: {RuleText.Defaults(rule)}. {rule.Documentation.Source}.", Width - 10),
            ];
            text.Append($"    /* {string.Join("\n       ", lines.SelectMany(line => TextLines.Wrap(line, Width - 10)))} */\n");
            text.Append($"    FASTADAM_{rule.CName} = {rule.Description.Number}{(rule == rules[^1] ? "\n" : ",\n\n")}");
        }

        return text.Append("};\n").ToString();
    }

    private static string Flags(RuleInfo[] rules)
    {
        var text = new StringBuilder("enum {\n");
        foreach (FlagDescription flag in Hyperparameters.Flags)
        {
            string name = $"    FASTADAM_{flag.TorchName.ToUpperInvariant()} = 1 << {(int)Math.Log2((ulong)flag.Flag)}";
            string comma = flag == Hyperparameters.Flags[^1] ? "" : ",";
            text.Append(Commented($"{name}{comma}", $"{flag.Meaning}. {RuleText.Owners(rules, flag.Flag)}", 48));
        }

        return text.Append("};\n").ToString();
    }

    private static string Struct(NativeStruct each)
    {
        var text = new StringBuilder($"typedef struct {each.CName} {{\n");
        foreach (NativeField field in each.Checked().AllFields)
        {
            string space = field.Type.EndsWith('*') ? "" : " ";
            string count = field.Count > 1 ? $"[{field.Count}]" : "";
            text.Append(Commented($"    {field.Type}{space}{field.Name}{count};", field.Comment, 30));
        }

        return text.Append($"}} {each.CName};\n").ToString();
    }

    private static string Factories(RuleInfo[] rules)
    {
        var text = new StringBuilder();
        foreach (RuleInfo rule in rules)
        {
            text.Append($"    static group {rule.CName.ToLowerInvariant()}() {{ return group(FASTADAM_{rule.CName}); }}\n");
            foreach (RulePreset preset in rule.Description.Presets)
            {
                text.Append($"    // As {rule.CName.ToLowerInvariant()}, with {RuleText.Preset(preset)}.\n");
                text.Append($"    static group {preset.Name.ToLowerInvariant()}() {{\n        group result(FASTADAM_{rule.CName});\n");
                foreach (FlagDescription flag in RuleText.FlagsIn(preset.Flags))
                {
                    text.Append($"        result.flags |= FASTADAM_{flag.TorchName.ToUpperInvariant()};\n");
                }

                text.Append($"        result.weight_decay = {RuleText.Number(preset.WeightDecay)};\n        return result;\n    }}\n");
            }
        }

        return text.ToString();
    }

    /// <summary>The groups that fastadam_group_init gives: the face does not load kernels for that.</summary>
    private static string Defaults(RuleInfo[] rules)
    {
        var text = new StringBuilder("""
            /* Written by src/FastAdam.Faces from the rules' descriptions: do not edit. */
            #ifndef FASTADAM_DEFAULTS_H
            #define FASTADAM_DEFAULTS_H

            #include "fastadam.h"

            #include <math.h>

            /* The rules' defaults, by their numbers. */
            static const fastadam_group rule_defaults[] = {

            """);
        foreach (RuleInfo rule in rules)
        {
            GroupValues group = rule.Description.Defaults();
            IEnumerable<string> numbers = Hyperparameters.Numbers.Select((_, i) => group.Numbers[i])
                .Select(value => double.IsInfinity(value) ? "INFINITY" : value.ToString("r", CultureInfo.InvariantCulture));
            text.Append($"    {{ sizeof(fastadam_group), FASTADAM_{rule.CName}, {(ulong)group.Flags}, {string.Join(", ", numbers)} }},\n");
        }

        return text.Append("};\n\n#endif\n").ToString();
    }

    /// <summary>A line of code with a comment behind it, which goes on in the lines below where it is long.</summary>
    private static string Commented(string code, string comment, int column)
    {
        if (comment.Length == 0)
        {
            return $"{code}\n";
        }

        string start = code.PadRight(column) + " /* ";
        string[] lines = [.. TextLines.Wrap(comment, Width - start.Length - 3)];
        return $"{start}{string.Join("\n" + new string(' ', start.Length), lines)} */\n";
    }
}

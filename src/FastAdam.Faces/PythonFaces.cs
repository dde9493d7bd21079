using System.Globalization;
using System.Text;
using FastAdam.Rules;

namespace FastAdam.Faces;

/// <summary>The rules, the structures and the optimizers' classes in Python.</summary>
internal static class PythonFaces
{
    public const int Width = 130;
    public const string Written = "Written by src/FastAdam.Faces: do not edit.";

    /// <summary>What the arguments are that all classes have behind their own.</summary>
    private const string CommonArguments =
        "        threads: int = 0,\n        moment_dtype: Any = None,\n        dtype: Any = None,\n"
        + "        state_format: Optional[str] = None,\n        min_8bit_size: int = 4096,\n        master: Optional[str] = None,\n"
        + "        copy: Any = None,\n        rounding: str = \"nearest\",\n        seed: int = 0,\n";

    public static IEnumerable<Face> Of(RuleInfo[] rules) =>
    [
        new("native-aot/python/fastadam/_structures.py", Structures()),
        new("native-aot/python/fastadam/_rules.py", Rules(rules)),
        new("native-aot/python/fastadam/_optimizers.py", Optimizers(rules)),
    ];

    /// <summary>The argument that makes a step keep an optional array.</summary>
    public static string OptionOf(StateArray array) => array.IfAbove0 is Hyperparameter number
        ? Hyperparameters.Numbers[(int)number].TorchName
        : Hyperparameters.Flags.Single(flag => flag.Flag == array.IfOn).TorchName;

    /// <summary>An argument of a class that is a hyperparameter.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Fields">The fields of fastadam_group that it fills; several for betas, none for an initial value.</param>
    /// <param name="Ranges">Which values are valid, for each number.</param>
    /// <param name="Defaults">A default for each number.</param>
    /// <param name="Meaning">What it is.</param>
    public sealed record Argument(string Name, string[] Fields, ValidRange[] Ranges, double[] Defaults, string Meaning)
    {
        public string Type => Fields.Length > 1 ? $"tuple[{string.Join(", ", Fields.Select(_ => "float"))}]" : "float";

        public string Default => Fields.Length > 1 ? $"({string.Join(", ", Defaults.Select(Number))})" : Number(Defaults[0]);
    }

    private static string Structures()
    {
        var text = new StringBuilder($"\"\"\"The structures and flags of fastadam.h. {Written}\"\"\"\n\n" + """
            from __future__ import annotations

            from ctypes import Structure, c_double, c_int32, c_int64, c_size_t, c_uint32, c_uint64, c_void_p

            # By the names of the hyperparameters that they are.
            GROUP_FLAGS = {

            """);
        foreach (FlagDescription flag in Hyperparameters.Flags)
        {
            text.Append(CultureInfo.InvariantCulture, $"    \"{flag.TorchName}\": 1 << {(int)Math.Log2((ulong)flag.Flag)},\n");
        }

        text.Append("}\n");
        foreach (NativeStruct each in NativeStruct.All)
        {
            text.Append($"\n\nclass {each.PascalName}(Structure):\n    \"\"\"{each.CName}.\"\"\"\n\n    _fields_ = [\n");
            foreach (NativeField field in each.AllFields)
            {
                text.Append($"        (\"{field.Name}\", {CType(field.Type)}{(field.Count > 1 ? $" * {field.Count}" : "")}),\n");
            }

            text.Append("    ]\n");
        }

        return text.ToString();
    }

    private static string Rules(RuleInfo[] rules)
    {
        var text = new StringBuilder(
            $"\"\"\"The rules of the library. {Written}\"\"\"\n\nfrom __future__ import annotations\n\n"
            + "from ._rule import Hyperparameter, Number, Rule, StateArray\n");
        foreach (RuleInfo rule in rules)
        {
            text.Append($"\n{rule.CName} = Rule(\n    name=\"{rule.Description.PythonName}\",\n    code={rule.Description.Number},\n    arrays=(\n");
            foreach (StateArray array in rule.Description.State)
            {
                text.Append($"        StateArray(\"{array.Name}\"");
                text.Append(array.IsOptional ? $", option=\"{OptionOf(array)}\"" : "");
                text.Append(array.InitialValue is null ? "" : $", initial=\"{array.InitialValue}\"");
                text.Append(array.IsSigned ? "" : ", is_signed=False");
                text.Append(array.WhyNotBlock8 is null ? "" : ", takes_formats=False");
                text.Append("),\n");
            }

            text.Append("    ),\n    numbers=(");
            text.Append(string.Concat(rule.Description.Numbers.Select(number =>
                $"Number(\"{number.Name}\", {Number(number.Initial)}, {Number(number.Largest)}{(number.WhyZeroInStep is null ? "" : ", is_mode=True")}), ")).TrimEnd());
            text.Append("),\n    hyperparameters=(\n");
            foreach (Argument argument in Arguments(rule))
            {
                string fields = string.Concat(argument.Fields.Select(field => $"\"{field}\", ")).TrimEnd();
                string ranges = string.Concat(argument.Ranges.Select(range => $"\"{RangeName(range)}\", ")).TrimEnd();
                text.Append($"        Hyperparameter(\"{argument.Name}\", ({fields}), ({ranges})),\n");
            }

            text.Append("    ),\n    flags=(");
            text.Append(string.Join(", ", rule.Flags.Select(flag => $"\"{flag.TorchName}\"")));
            text.Append("),\n");
            text.Append($"    has_own_weight_decay={Python(rule.HasOwnWeightDecay)},\n");
            text.Append($"    keeps_step={Python(rule.Description.KeepsStep)},\n");
            text.Append($"    starts_with_state={Python(rule.Documentation.StartsWithState)},\n)\n");
        }

        return text.ToString();
    }

    private static string Optimizers(RuleInfo[] rules)
    {
        var text = new StringBuilder(
            $"\"\"\"The optimizers with dense gradients: their arguments, which are PyTorch's, and what they keep. {Written}\"\"\"\n"
            + """

            from __future__ import annotations

            from typing import Any, Optional

            from . import _rules
            from ._dense import DenseOptimizer
            from ._optimizer import Arrays, Params, Shared

            __all__ = [

            """);
        string[] names = [.. rules.SelectMany(rule => (string[])[rule.Description.PythonName, .. rule.Description.Presets.Select(preset => preset.Name)])];
        text.Append(string.Concat(names.Order(StringComparer.Ordinal).Select(name => $"    \"{name}\",\n")));
        text.Append("]\n");
        foreach (RuleInfo rule in rules)
        {
            AppendClass(text, rule);
            foreach (RulePreset preset in rule.Description.Presets)
            {
                AppendPreset(text, rule, preset);
            }
        }

        return text.ToString();
    }

    private static void AppendClass(StringBuilder text, RuleInfo rule)
    {
        string name = rule.Description.PythonName;
        Argument[] arguments = Arguments(rule);
        text.Append($"\n\nclass {name}(DenseOptimizer):\n    \"\"\"{rule.Documentation.Title}, with t the step, bc1 = 1 - beta1**t and bc2 = 1 - beta2**t::\n\n");
        foreach (string line in rule.Documentation.Formula.SelectMany(line => TextLines.Wrap(line.Replace("^", "**", StringComparison.Ordinal), Width - 8)))
        {
            text.Append($"        {line}\n");
        }

        text.Append('\n');
        AppendWrapped(text, $"{RuleText.State(rule)} {rule.Documentation.Source}.".Replace("\\\"", "\"", StringComparison.Ordinal), "    ");
        text.Append("    \"\"\"\n\n");
        text.Append($"    rule = _rules.{rule.CName}\n");
        foreach (FlagDescription flag in FixedFlags(rule))
        {
            text.Append($"    fixed = {{\"{flag.TorchName}\": True}}\n");
        }

        foreach (StateArray array in rule.Description.State)
        {
            text.Append($"    {array.Name} = Arrays()\n");
        }

        foreach (Argument argument in arguments)
        {
            text.Append($"    {argument.Name} = Shared[{argument.Type}]()\n");
        }

        foreach (FlagDescription flag in rule.Flags)
        {
            text.Append($"    {flag.TorchName} = Shared[bool]()\n");
        }

        text.Append('\n');
        AppendConstructor(text, rule, null, "super()");
    }

    private static void AppendPreset(StringBuilder text, RuleInfo rule, RulePreset preset)
    {
        string name = rule.Description.PythonName;
        text.Append($"\n\nclass {preset.Name}({name}):\n    \"\"\"{preset.Name}: {name} with {RuleText.Preset(preset)} by default. See ``{name}`` for everything else.\"\"\"\n\n");
        text.Append($"    fixed = {{{string.Join(", ", RuleText.FlagsIn(preset.Flags).Select(flag => $"\"{flag.TorchName}\": True"))}}}\n\n");
        AppendConstructor(text, rule, preset, $"super({name}, self)");
    }

    private static void AppendConstructor(StringBuilder text, RuleInfo rule, RulePreset? preset, string super)
    {
        text.Append("    def __init__(\n        self,\n        params: Params,\n").Append(Signature(rule, preset)).Append(CommonArguments);
        text.Append("    ) -> None:\n");
        text.Append("        \"\"\"As of all optimizers: ``DenseOptimizer`` says what params and the arguments from threads on are.\n\n        Args:\n");
        AppendMeanings(text, rule, preset);

        text.Append($"        \"\"\"\n        {super}.__init__(locals())\n");
    }

    /// <summary>What the hyperparameters of a constructor are.</summary>
    public static void AppendMeanings(StringBuilder text, RuleInfo rule, RulePreset? preset)
    {
        foreach (Argument argument in Arguments(rule))
        {
            string range = argument.Ranges.Length == 1 ? RuleText.Range(argument.Ranges[0])
                : argument.Ranges.Distinct().Count() == 1 ? $"each {RuleText.Range(argument.Ranges[0])}"
                : string.Join("; ", argument.Fields.Zip(argument.Ranges, (field, each) => $"{field} {RuleText.Range(each)}"));
            AppendWrapped(text, $"{argument.Name}: {argument.Meaning}; {range}.", "            ", "    ");
        }

        foreach (FlagDescription flag in rule.Flags.Except(FixedFlags(rule, preset)))
        {
            AppendWrapped(text, $"{flag.TorchName}: {flag.Meaning}.", "            ", "    ");
        }
    }

    /// <summary>The arguments between params and those of all classes.</summary>
    public static string Signature(RuleInfo rule, RulePreset? preset)
    {
        Argument[] arguments = Arguments(rule);
        FlagDescription[] fixedFlags = [.. FixedFlags(rule, preset)];
        var text = new StringBuilder();
        foreach (string name in rule.Documentation.Arguments)
        {
            Append(name);
        }

        text.Append("        *,\n");
        foreach (string name in arguments.Select(argument => argument.Name).Concat(rule.Flags.Select(flag => flag.TorchName))
            .Except(rule.Documentation.Arguments))
        {
            Append(name);
        }

        return text.ToString();

        void Append(string name)
        {
            if (Array.Find(arguments, argument => argument.Name == name) is Argument argument)
            {
                bool isDecay = preset is not null && name == "weight_decay";
                text.Append($"        {name}: {argument.Type} = {(isDecay ? Number(preset!.WeightDecay) : argument.Default)},\n");
            }
            else if (!fixedFlags.Any(flag => flag.TorchName == name))
            {
                bool isOn = RuleText.FlagsIn(rule.Description.DefaultFlags).Any(flag => flag.TorchName == name);
                text.Append($"        {name}: bool = {Python(isOn)},\n");
            }
        }
    }

    /// <summary>Flags that are on and no argument: PyTorch's class, or the authors', has no way to switch them off.</summary>
    public static IEnumerable<FlagDescription> FixedFlags(RuleInfo rule, RulePreset? preset = null) =>
    [
        .. RuleText.FlagsIn(rule.Description.DefaultFlags).Where(flag => !rule.Documentation.Arguments.Contains(flag.TorchName)),
        .. preset is null ? [] : RuleText.FlagsIn(preset.Flags),
    ];

    /// <summary>The hyperparameters as arguments: beta1, beta2 and beta3 are one, where a rule has two of them at least.</summary>
    public static Argument[] Arguments(RuleInfo rule)
    {
        GroupValues defaults = rule.Description.Defaults();
        List<Argument> arguments = [];
        foreach ((string name, Hyperparameter[] numbers) in rule.Description.TorchHyperparameters())
        {
            string[] fields = [.. numbers.Select(number => Hyperparameters.Numbers[(int)number].TorchName)];
            arguments.Add(new Argument(
                name,
                fields,
                [.. numbers.Select(rule.Description.RangeOf)],
                [.. numbers.Select(number => defaults[number])],
                numbers.Length > 1 ? $"the decay rates {string.Join(", ", fields)}" : Hyperparameters.Numbers[(int)numbers[0]].Meaning));
        }

        foreach (StateArray array in rule.Description.State.Where(array => array.InitialValue is not null))
        {
            arguments.Add(new Argument(
                array.InitialValue!, [], [ValidRange.NotNegative], [0], $"what {array.Name} holds before step 1"));
        }

        return [.. arguments];
    }

    private static string RangeName(ValidRange range) =>
        string.Concat($"{range}".Select((letter, i) => (i > 0 && char.IsUpper(letter) ? "_" : "") + char.ToLowerInvariant(letter)));

    private static string CType(string type) => type switch
    {
        "int32_t" => "c_int32",
        "uint32_t" => "c_uint32",
        "int64_t" => "c_int64",
        "uint64_t" => "c_uint64",
        "size_t" => "c_size_t",
        "double" => "c_double",
        _ => "c_void_p",
    };

    public static void AppendWrapped(StringBuilder text, string words, string indent, string further = "")
    {
        string start = indent;
        foreach (string line in TextLines.Wrap(words, Width - indent.Length - further.Length))
        {
            text.Append($"{start}{line}\n");
            start = indent + further;
        }
    }

    private static string Python(bool value) => value ? "True" : "False";

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "float(\"inf\")",
        0 => "0.0",
        >= 1e16 => value.ToString("r", CultureInfo.InvariantCulture).Replace("E+", "e", StringComparison.Ordinal),
        _ when value == Math.Floor(value) => value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => value < 0.1 ? value.ToString("0.################e0", CultureInfo.InvariantCulture) : value.ToString("r", CultureInfo.InvariantCulture),
    };
}

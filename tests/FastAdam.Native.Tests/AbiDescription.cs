using System.Text;
using System.Text.RegularExpressions;
using Xunit;

namespace FastAdam.Native.Tests;

/// <summary>
/// The C interface of a build as programs that are compiled depend on it. Each fact has a name, such as "field fastadam_group.lr", and a value,
/// such as "double, 8 bytes at 16". As text it has a line for each.
/// </summary>
internal sealed partial record AbiDescription(string Version, int AbiVersion, IReadOnlyDictionary<string, string> Facts)
{
    private const string Notice =
        "# What programs that were compiled with this release depend on; README.md, \"Versions\", says how it is written. Do not edit.\n";

    /// <summary>Measures an installation: its header by the compiler, its library by nm.</summary>
    public static AbiDescription Of(string prefix)
    {
        string header = Path.Combine(prefix, "include", "fastadam.h");
        string include = $"-I{Path.Combine(prefix, "include")}";
        Dictionary<string, string> macros = Macro().Matches(Run("cc", "-std=c99", "-E", "-dM", include, header))
            .ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);

        var facts = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in Run("nm", "-D", "--defined-only", Path.Combine(prefix, "lib", "libfastadam.so")).Trim().Split('\n'))
        {
            facts.Add($"symbol {line.Split(' ')[^1]}", "exported");
        }

        // The numbers are the compiler's: a program prints them.
        var print = new StringBuilder("#include <fastadam.h>\n#include <stdio.h>\nint main(void)\n{\n");
        foreach (string constant in macros.Keys.Except(["FASTADAM_VERSION", "FASTADAM_ABI_VERSION"]))
        {
            Constant(print, constant);
        }

        foreach (string declaration in Declarations(Run("cc", "-std=c99", "-E", include, header)))
        {
            if (Enumeration().Match(declaration) is { Success: true } enumeration)
            {
                foreach (string member in enumeration.Groups[1].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                {
                    Constant(print, member.Split('=')[0].Trim());
                }
            }
            else if (Structure().Match(declaration) is { Success: true } structure)
            {
                string name = structure.Groups[2].Value;
                print.Append($"printf(\"struct {name}: %u bytes\\n\", (unsigned)sizeof({name}));\n");
                foreach (string field in structure.Groups[1].Value.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                {
                    Match parts = Field().Match(field);
                    Assert.True(parts.Success, $"{name} has a field that is not understood: '{field}'.");
                    string type = parts.Groups[1].Value.Trim() + parts.Groups[3].Value;
                    string member = parts.Groups[2].Value;
                    print.Append($"printf(\"field {name}.{member}: {type}, %u bytes at %u\\n\", ");
                    print.Append($"(unsigned)sizeof((({name} *)0)->{member}), (unsigned)offsetof({name}, {member}));\n");
                }
            }
            else if (Callback().Match(declaration) is { Success: true } callback)
            {
                facts.Add($"type {callback.Groups[2].Value}", $"{callback.Groups[1].Value.Trim()} (*)({Types(callback.Groups[3].Value)})");
            }
            else
            {
                Match function = Function().Match(declaration);
                Assert.True(function.Success, $"fastadam.h has a declaration that is not understood: '{declaration}'.");
                facts.Add($"function {function.Groups[2].Value}", $"{function.Groups[1].Value.Trim()} ({Types(function.Groups[3].Value)})");
            }
        }

        foreach (string line in Measured(print.Append("return 0;\n}\n").ToString(), include))
        {
            string[] parts = line.Split(": ", 2);
            facts.Add(parts[0], parts[1]);
        }

        return new(macros["FASTADAM_VERSION"].Trim('"'), int.Parse(macros["FASTADAM_ABI_VERSION"]), facts);
    }

    public static AbiDescription Parse(string text)
    {
        string[][] lines = [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line[0] != '#')
            .Select(line => line.Split(": ", 2))];
        return new(lines[0][1], int.Parse(lines[1][1]), lines.Skip(2).ToDictionary(parts => parts[0], parts => parts[1]));
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Notice}FASTADAM_VERSION: {Version}\nFASTADAM_ABI_VERSION: {AbiVersion}\n"
        + string.Concat(Facts.Select(fact => $"{fact.Key}: {fact.Value}\n"));

    /// <summary>What in the present interface breaks programs that were compiled with this one: a sentence for each.</summary>
    public IEnumerable<string> Breaks(AbiDescription present)
    {
        foreach ((string name, string value) in Facts)
        {
            if (!present.Facts.TryGetValue(name, out string? now))
            {
                yield return $"{name} was removed; it was '{value}'";
            }
            else if (now != value && !(name.StartsWith("struct ", StringComparison.Ordinal) && Number(now) > Number(value)))
            {
                yield return $"{name} was '{value}' and is '{now}'";
            }
        }

        // Where a structure ended, a program that was compiled before has no more bytes, and fields may begin.
        foreach ((string name, string value) in present.Facts.Where(fact => !Facts.ContainsKey(fact.Key)))
        {
            if (name.StartsWith("field ", StringComparison.Ordinal)
                && Facts.TryGetValue($"struct {name[6..name.IndexOf('.', StringComparison.Ordinal)]}", out string? size)
                && int.Parse(value[(value.LastIndexOf(' ') + 1)..]) < Number(size))
            {
                yield return $"{name} was added as '{value}', where the structure did not end: that had {size}";
            }
        }
    }

    private static int Number(string size) => int.Parse(size.Split(' ')[0]);

    private static void Constant(StringBuilder print, string name) =>
        print.Append($"printf(\"constant {name}: %lld\\n\", (long long){name});\n");

    /// <summary>What the header itself declares, without comments and with single spaces.</summary>
    private static IEnumerable<string> Declarations(string preprocessed)
    {
        var own = new StringBuilder();
        bool isOwn = false;
        foreach (string line in preprocessed.Split('\n'))
        {
            if (line.StartsWith("# ", StringComparison.Ordinal))
            {
                isOwn = line.Contains("/fastadam.h\"", StringComparison.Ordinal);
            }
            else if (isOwn)
            {
                own.Append(line).Append(' ');
            }
        }

        int start = 0;
        int depth = 0;
        string text = Space().Replace(own.ToString(), " ");
        for (int i = 0; i < text.Length; i++)
        {
            depth += text[i] switch { '{' => 1, '}' => -1, _ => 0 };
            if (text[i] == ';' && depth == 0)
            {
                yield return text[start..i].Trim();
                start = i + 1;
            }
        }
    }

    /// <summary>The types of parameters: their names are nobody's concern.</summary>
    private static string Types(string parameters) => string.Join(
        ", ", parameters.Split(',').Select(parameter => parameter == "void" ? parameter : ParameterName().Replace(parameter.Trim(), "").Trim()));

    private static string[] Measured(string source, string include)
    {
        string folder = Directory.CreateTempSubdirectory("fastadam-abi-").FullName;
        try
        {
            string file = Path.Combine(folder, "abi.c");
            string program = Path.Combine(folder, "abi");
            File.WriteAllText(file, source);
            Run("cc", "-std=c99", include, file, "-o", program);
            return Run(program).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Run(string program, params string[] arguments) => CProgram.Run(program, arguments);

    // A #define with a value.
    [GeneratedRegex(@"^#define (FASTADAM_\w+) (\S.*)$", RegexOptions.Multiline)]
    private static partial Regex Macro();

    [GeneratedRegex(@"^enum \{(.*)\}$")]
    private static partial Regex Enumeration();

    [GeneratedRegex(@"^typedef struct \w+ \{(.*)\} (\w+)$")]
    private static partial Regex Structure();

    [GeneratedRegex(@"^(.*\W)(\w+)(\[\d+\])?$")]
    private static partial Regex Field();

    [GeneratedRegex(@"^typedef ([^(]*)\(\*(\w+)\)\((.*)\)$")]
    private static partial Regex Callback();

    [GeneratedRegex(@"^([^(]*\W)(fastadam_\w+)\((.*)\)$")]
    private static partial Regex Function();

    [GeneratedRegex(@"(?<=[\s*])\w+$")]
    private static partial Regex ParameterName();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}

using System.Reflection;
using System.Text.RegularExpressions;

namespace FastAdam.Tests.Architecture;

/// <summary>The sources of the core package, as they were when this assembly was built.</summary>
internal static partial class SourceTree
{
    private const string Prefix = "src/";

    /// <summary>A source file.</summary>
    /// <param name="Path">Its path in src/FastAdam.</param>
    /// <param name="Code">Its text without comments.</param>
    public sealed record SourceFile(string Path, string Code)
    {
        /// <summary>The folder it lies in; empty for the public API.</summary>
        public string Layer => Path.Contains('/', StringComparison.Ordinal) ? Path[..Path.IndexOf('/', StringComparison.Ordinal)] : "";

        /// <summary>The types that it declares.</summary>
        public IEnumerable<string> DeclaredTypes => TypeDeclaration().Matches(Code).Select(match => match.Groups[1].Value);

        /// <summary>What is left of it without the text of strings: of interpolated ones their code.</summary>
        private string CodeWithoutText { get; } = Text().Replace(
            Code,
            match => match.Value[0] == '$' ? string.Join(' ', Interpolation().Matches(match.Value)) : "\"\"");

        /// <summary>True where one of them is public.</summary>
        public bool DeclaresPublicType => PublicType().IsMatch(Code);

        /// <summary>Whether it names that type, by itself or through its namespace; text in quotes does not count.</summary>
        public bool Mentions(string type) =>
            Regex.IsMatch(CodeWithoutText, $@"(?<![\w.])(?:(?:FastAdam|Steps|Checks|Passes|Kernels|Rules|Codecs|Isa|Memory|Checkpoints)\.)*{type}\b");
    }

    public static IReadOnlyList<SourceFile> Files { get; } = [.. Read()];

    private static IEnumerable<SourceFile> Read()
    {
        Assembly assembly = typeof(SourceTree).Assembly;
        foreach (string name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            yield return new SourceFile(name[Prefix.Length..].Replace('\\', '/'), Comment().Replace(reader.ReadToEnd(), ""));
        }
    }

    [GeneratedRegex(@"\$?""(?:[^""\\\n]|\\.)*""")]
    private static partial Regex Text();

    [GeneratedRegex(@"\{[^{}]*\}")]
    private static partial Regex Interpolation();

    [GeneratedRegex(@"//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"^public (?:[a-z]+ )*(?:class|struct|interface|enum|record)\s", RegexOptions.Multiline)]
    private static partial Regex PublicType();

    [GeneratedRegex(@"\b(?:class|struct|interface|enum|record struct|record)\s+([A-Z]\w*)")]
    private static partial Regex TypeDeclaration();
}

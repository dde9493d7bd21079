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

        /// <summary>Whether it names that type, by itself or through its namespace.</summary>
        public bool Mentions(string type) =>
            Regex.IsMatch(Code, $@"(?<![\w.])(?:(?:FastAdam|Kernels|Rules|Codecs|Isa|Memory)\.)*{type}\b");
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

    [GeneratedRegex(@"//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\b(?:class|struct|interface|enum|record struct|record)\s+([A-Z]\w*)")]
    private static partial Regex TypeDeclaration();
}

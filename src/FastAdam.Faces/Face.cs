namespace FastAdam.Faces;

/// <summary>A file that the program writes, as a whole or in part.</summary>
/// <param name="Path">Its path from the repository's root.</param>
/// <param name="Text">All of its text.</param>
internal sealed record Face(string Path, string Text)
{
    /// <summary>A file with hand-written text around parts that are written by the program. A part begins behind a line that has
    /// <c>generated: NAME</c> in it, and ends before one that has <c>end of NAME</c>.</summary>
    public static Face WithParts(string root, string path, params (string Name, string Text)[] parts)
    {
        string text = File.ReadAllText(System.IO.Path.Combine(root, path));
        foreach ((string name, string part) in parts)
        {
            int start = text.IndexOf($"generated: {name}", StringComparison.Ordinal);
            int end = text.IndexOf($"end of {name}", StringComparison.Ordinal);
            if (start < 0 || end < start)
            {
                throw new InvalidDataException($"{path} has no part 'generated: {name}' that ends with 'end of {name}'.");
            }

            int from = text.IndexOf('\n', start) + 1;
            int to = text.LastIndexOf('\n', end) + 1;
            text = text[..from] + part + text[to..];
        }

        return new Face(path, text);
    }
}

/// <summary>All files that are derived.</summary>
internal static class AllFaces
{
    public static IEnumerable<Face> Of(string root)
    {
        RuleInfo[] rules = RuleInfo.Find();
        return
        [
            .. CSharpFaces.Of(root, rules),
            .. NativeFaces.Of(),
            .. CFaces.Of(root, rules),
            .. PythonFaces.Of(rules),
            .. TorchFaces.Of(rules),
            .. DocumentFaces.Of(root, rules),
        ];
    }
}

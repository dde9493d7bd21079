namespace FastAdam.Faces;

/// <summary>Text in lines of a certain width.</summary>
internal static class TextLines
{
    /// <summary>The text's words in lines that are no longer than that, where words allow it.</summary>
    public static IEnumerable<string> Wrap(string text, int width)
    {
        string line = "";
        foreach (string word in text.Split(' '))
        {
            if (line.Length != 0 && line.Length + 1 + word.Length > width)
            {
                yield return line;
                line = "";
            }

            line = line.Length == 0 ? word : $"{line} {word}";
        }

        yield return line;
    }
}

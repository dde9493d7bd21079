using System.Text.RegularExpressions;

namespace FastAdam.Release.Tests.Pages;

/// <summary>A page of documentation: a Markdown file, with its fenced blocks.</summary>
internal sealed partial class Page
{
    private Page(string path, string text)
    {
        Path = path;
        Lines = text.Split('\n');
        Blocks = FindBlocks(Lines);
    }

    /// <summary>All pages of the repository, by their paths in it.</summary>
    public static IReadOnlyList<Page> All { get; } =
    [
        .. RepositoryCopy.Files()
            .Where(path => path.EndsWith(".md", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(path => new Page(path, File.ReadAllText(System.IO.Path.Combine(Release.Repository, path)).ReplaceLineEndings("\n"))),
    ];

    public string Path { get; }

    public string[] Lines { get; }

    public IReadOnlyList<PageBlock> Blocks { get; }

    /// <summary>The blocks between fences. A block of text behind another one is what that one prints.</summary>
    private static List<PageBlock> FindBlocks(string[] lines)
    {
        List<PageBlock> blocks = [];
        for (int i = 0; i < lines.Length; i++)
        {
            if (!Fence().IsMatch(lines[i]))
            {
                if (lines[i].TrimStart().StartsWith("```", StringComparison.Ordinal))
                {
                    throw new InvalidDataException($"Line {i + 1}, '{lines[i]}', is no fence at the line's beginning with one word behind it.");
                }

                continue;
            }

            int end = Array.IndexOf(lines, "```", i + 1);
            if (end < 0)
            {
                throw new InvalidDataException($"The block of line {i + 1} has no end.");
            }

            string language = Fence().Match(lines[i]).Groups[1].Value;
            string text = string.Join('\n', lines[(i + 1)..end]) + "\n";
            bool followsAnother = blocks.Count > 0 && blocks[^1].Output is null && lines[blocks[^1].LastLine..i].All(line => line.Length == 0);
            if (language == "text" && followsAnother)
            {
                blocks[^1] = blocks[^1] with { Output = text };
            }
            else
            {
                blocks.Add(new PageBlock(language, text, i + 1, end + 1, NameBefore(lines, i)));
            }

            i = end;
        }

        return blocks;
    }

    /// <summary>The file name that the line before a block ends with, as in <c>A program, `train.c`:</c>.</summary>
    private static string? NameBefore(string[] lines, int fence)
    {
        int last = Array.FindLastIndex(lines, Math.Max(fence - 1, 0), line => line.Length > 0);
        Match name = last < 0 ? Match.Empty : FileName().Match(lines[last]);
        return name.Success ? name.Groups[1].Value : null;
    }

    [GeneratedRegex(@"^```(\w*)$")]
    private static partial Regex Fence();

    [GeneratedRegex(@"`([\w./-]+\.\w+)`[^`]*:$")]
    private static partial Regex FileName();
}

/// <summary>A block between fences.</summary>
/// <param name="Language">What stands behind the first fence.</param>
/// <param name="Text">Its text, with the last line's end.</param>
/// <param name="FirstLine">The line of the first fence, from 1.</param>
/// <param name="LastLine">The line of the last fence.</param>
/// <param name="FileName">The file that it is to be saved as, or null.</param>
/// <param name="Output">What it prints according to the page, or null where the page does not say.</param>
internal sealed record PageBlock(string Language, string Text, int FirstLine, int LastLine, string? FileName, string? Output = null);

using System.Diagnostics;
using System.Text.RegularExpressions;
using Xunit;

namespace FastAdam.Release.Tests.Pages;

/// <summary>The pages of documentation: what they say to do works, and prints what they show.</summary>
public sealed partial class PageTests(ITestOutputHelper output)
{
    public static TheoryData<string> Pages => [.. Page.All.Select(page => page.Path)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void A_page_can_be_followed(string path)
    {
        Page page = Find(path);
        if (page.Blocks.Count > 0)
        {
            var time = Stopwatch.StartNew();
            using var run = new PageRun(page);
            run.Follow();
            output.WriteLine($"{path} was followed in {time.Elapsed.TotalSeconds:f1} s");
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Links_lead_somewhere(string path)
    {
        string folder = Path.GetDirectoryName(Path.Combine(Release.Repository, path))!;
        foreach (Match link in Link().Matches(string.Join('\n', Find(path).Lines)))
        {
            string target = link.Groups[1].Value;
            if (target.Contains("://", StringComparison.Ordinal))
            {
                continue;
            }

            string[] parts = target.Split('#');
            string file = parts[0].Length == 0 ? Path.Combine(Release.Repository, path) : Path.GetFullPath(Path.Combine(folder, parts[0]));
            Assert.True(File.Exists(file) || Directory.Exists(file), $"{path} links to {target}, which is not there.");
            if (parts.Length > 1)
            {
                Assert.True(Anchors(file).Contains(parts[1]), $"{path} links to {target}: {parts[0]} has no such heading.");
            }
        }
    }

    /// <summary>A page that a package registry shows is alone there.</summary>
    [Theory]
    [InlineData("src/FastAdam/README.md")]
    [InlineData("native-aot/README.md")]
    [InlineData("native-aot/python/README.md")]
    public void A_package_s_page_has_no_link_into_the_repository(string path) => Assert.All(
        Link().Matches(string.Join('\n', Find(path).Lines)).Select(link => link.Groups[1].Value),
        target => Assert.True(target.Contains("://", StringComparison.Ordinal) || target[0] == '#', $"{path} links to {target}."));

    /// <summary>What is indented instead of fenced no test would see; formulas have no shell's prompt or program's name.</summary>
    [Theory]
    [MemberData(nameof(Pages))]
    public void Commands_stand_between_fences(string path) => Assert.DoesNotMatch(
        @"(?m)^ {4,}(dotnet|native-aot/|pip|python3?|cmake|cc|sudo|git|PYTHONPATH=)\b", string.Join('\n', WithoutBlocks(Find(path))));

    [Fact]
    public void The_README_has_at_most_180_lines() => Assert.InRange(Find("README.md").Lines.Length - 1, 1, 180);

    private static Page Find(string path) => Page.All.Single(page => page.Path == path);

    private static IEnumerable<string> WithoutBlocks(Page page)
    {
        bool isInside = false;
        foreach (string line in page.Lines)
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                isInside = !isInside;
            }
            else if (!isInside)
            {
                yield return line;
            }
        }
    }

    /// <summary>The names of a page's headings in links, as GitHub makes them.</summary>
    private static HashSet<string> Anchors(string file) =>
    [
        .. Heading().Matches(File.ReadAllText(file)).Select(heading =>
            NoAnchor().Replace(heading.Groups[1].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-')),
    ];

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#+ (.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NoAnchor();
}

using System.Text.RegularExpressions;
using Xunit;

namespace FastAdam.Tests.Readme;

/// <summary>The README's C# example compiles and runs, and is the one that the README shows.</summary>
public sealed partial class ReadmeTests
{
    [Fact]
    public void Example_finds_the_slope() => Assert.Equal(3, QuickStart.Run(), 0.01);

    [Fact]
    public void Example_in_the_README_is_the_one_that_runs()
    {
        string source = Resource("QuickStart.cs");
        Match code = Marked().Match(source);
        Assert.True(code.Success, "the marks are gone from QuickStart.cs");
        string expected = string.Join('\n', code.Groups[1].Value.Split('\n').Select(line => line.Length > 8 ? line[8..] : line.TrimEnd())).Trim();

        string[] blocks = [.. CSharpBlock().Matches(Resource("README.md")).Select(match => match.Groups[1].Value.Trim())];
        Assert.Equal(["using FastAdam;\n\n" + expected], blocks);
    }

    private static string Resource(string name)
    {
        using var reader = new StreamReader(typeof(ReadmeTests).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    [GeneratedRegex(@"// <readme>\n(.*?)\n\s*// </readme>", RegexOptions.Singleline)]
    private static partial Regex Marked();

    [GeneratedRegex(@"```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CSharpBlock();
}

using System.Text.RegularExpressions;
using Xunit;

namespace FastAdam.Tests.Readme;

/// <summary>The README's C# examples compile and run, and are those that the README shows.</summary>
public sealed partial class ReadmeTests
{
    [Fact]
    public void Example_finds_the_slope() => Assert.Equal(3, QuickStart.Run(), 0.01);

    [Fact]
    public void Second_example_steps_and_reports()
    {
        (float[] parameters, StepReport report) = OptimizerExample.Run();
        Assert.Equal([0.989f, 2.008f, 2.997f], parameters.Select(p => MathF.Round(p, 4)));
        Assert.Equal((false, 0, 4.0112), (report.IsSkipped, report.NonFiniteGradients, Math.Round(report.GradientNorm!.Value, 4)));
        Assert.Equal(0.0139, report.UpdateNorm!.Value, 0.0001);
    }

    [Fact]
    public void Third_example_steps_over_lists()
    {
        (float first, float second, float used, float unused) = ListExample.Run();
        Assert.Equal((-0.001f, -0.01f), (MathF.Round(first, 5), MathF.Round(second, 4)));
        Assert.Equal((-0.001f, 0), (MathF.Round(used, 6), unused));
    }

    [Fact]
    public void Fourth_example_keeps_what_bfloat16_loses()
    {
        (float first, float second, float joined) = FormatExample.Run();
        Assert.Equal((first, first), (second, (float)(BFloat16)0.1f));
        Assert.Equal(0.09999, joined, 1e-7);
    }

    [Fact]
    public void Examples_in_the_README_are_those_that_run()
    {
        string[] blocks = [.. CSharpBlock().Matches(Resource("README.md")).Select(match => match.Groups[1].Value.Trim())];
        Assert.Equal([Example("QuickStart.cs"), Example("OptimizerExample.cs"), Example("ListExample.cs"), Example("FormatExample.cs")], blocks);
    }

    private static string Example(string file)
    {
        Match code = Marked().Match(Resource(file));
        Assert.True(code.Success, $"the marks are gone from {file}");
        IEnumerable<string> lines = code.Groups[1].Value.Split('\n').Select(line => line.Length > 8 ? line[8..] : line.TrimEnd());
        return "using FastAdam;\n\n" + string.Join('\n', lines).Trim();
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

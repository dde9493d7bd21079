using System.Text.RegularExpressions;
using Xunit;

namespace FastAdam.Native.Tests;

/// <summary>What has to know every optimizer, is written by hand, and is not compiled together with the list of them. FacesTests compares
/// the files that the list generates, and Python's tests have their own.</summary>
public sealed class RuleFacesTests
{
    public static TheoryData<OptimizerRule> Rules => [.. Enum.GetValues<OptimizerRule>()];

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_rule_has_its_error_bounds_in_the_documentation(OptimizerRule rule)
    {
        const string File = "src/NUMERICS.md";
        string pattern = $@"^\| .*\b{rule}\b.* \| [0-9.]+ \|";
        string text = System.IO.File.ReadAllText(Path.Combine(Installation.Repository, File));
        Assert.True(Regex.IsMatch(text, pattern, RegexOptions.IgnoreCase | RegexOptions.Multiline), $"{File} has nothing like {pattern}");
    }
}

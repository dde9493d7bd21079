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
    public void A_rule_is_known_everywhere(OptimizerRule rule)
    {
        Require("src/NUMERICS.md", $@"^\| .*\b{rule}\b.* \| [0-9.]+ \|", RegexOptions.IgnoreCase);
        Require("README.md", $@"\b{rule}\b", RegexOptions.IgnoreCase);
    }

    private static void Require(string file, string pattern, RegexOptions options = RegexOptions.None) => Assert.True(
        Regex.IsMatch(File.ReadAllText(Path.Combine(Installation.Repository, file)), pattern, options | RegexOptions.Multiline),
        $"{file} has nothing like {pattern}");
}

using System.Text.RegularExpressions;
using Xunit;

namespace FastAdam.Native.Tests;

/// <summary>What has to know every optimizer and is not compiled together with the list of them.</summary>
public sealed class RuleFacesTests
{
    public static TheoryData<OptimizerRule> Rules => [.. Enum.GetValues<OptimizerRule>()];

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_rule_is_known_everywhere(OptimizerRule rule)
    {
        string upper = $"{rule}".ToUpperInvariant();
        string lower = $"{rule}".ToLowerInvariant();
        Require("native-aot/include/fastadam.h", $@"\bFASTADAM_{upper} = {(int)rule}\b");
        Require("native-aot/include/fastadam.hpp", $@"static group {lower}\(\) {{ return group\(FASTADAM_{upper}\); }}");
        Require("native-aot/loader/fastadam.c", $@"case FASTADAM_{upper}:");
        Require("native-aot/python/fastadam/_library.py", $@"^(?:[A-Z]+, ){{{(int)rule}}}{upper}(, [A-Z]+)* = range\(");
        Require("native-aot/python/fastadam/_optimizers.py", $@"_library\.{upper}\b");
        Require("native-aot/python/tests/formulas.py", $@"fastadam\.{lower}:", RegexOptions.IgnoreCase);
        Require("tests/FastAdam.Native.Tests/c/header_test.cpp", $@"group::{lower}\(\)");
        Require("benchmarks/FastAdam.Benchmarks/Cases/Work.cs", $@"OptimizerOptions\.{rule}");
        Require("src/NUMERICS.md", $@"\b{rule}\b", RegexOptions.IgnoreCase);
        Require("README.md", $@"\b{rule}\b", RegexOptions.IgnoreCase);
    }

    private static void Require(string file, string pattern, RegexOptions options = RegexOptions.None) => Assert.True(
        Regex.IsMatch(File.ReadAllText(Path.Combine(Installation.Repository, file)), pattern, options | RegexOptions.Multiline),
        $"{file} has nothing like {pattern}");
}

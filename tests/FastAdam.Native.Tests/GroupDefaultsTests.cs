using System.Runtime.InteropServices;
using FastAdam.Rules;
using Xunit;

namespace FastAdam.Native.Tests;

/// <summary>fastadam_group_init knows the rules that C# has, with the same defaults, and no other.</summary>
public sealed unsafe class GroupDefaultsTests
{
    public static TheoryData<OptimizerRule> Rules => [.. Enum.GetValues<OptimizerRule>()];

    private static delegate* unmanaged<GroupValues*, nuint, int, int> Init =>
        (delegate* unmanaged<GroupValues*, nuint, int, int>)NativeLibrary.GetExport(
            NativeLibrary.Load(Path.Combine(Installation.Native().Library, "libfastadam.so")), "fastadam_group_init");

    [Theory]
    [MemberData(nameof(Rules))]
    public void Defaults_are_the_managed_librarys(OptimizerRule rule)
    {
        var managed = (ParameterGroup)typeof(ParameterGroup).GetProperty($"{rule}")!.GetValue(null)!;
        GroupValues group;
        Assert.Equal(0, Init(&group, (nuint)sizeof(GroupValues), (int)rule));
        Assert.Equal(managed, new ParameterGroup(group));
    }

    [Fact]
    public void Other_numbers_are_no_rules()
    {
        foreach (int rule in (int[])[-1, Enum.GetValues<OptimizerRule>().Length, int.MaxValue, int.MinValue])
        {
            GroupValues group = default;
            Assert.Equal(-7, Init(&group, (nuint)sizeof(GroupValues), rule));
            Assert.True(GroupValues.AreSame(default, group));
        }
    }
}

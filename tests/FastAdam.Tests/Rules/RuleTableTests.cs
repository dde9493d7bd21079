using System.Diagnostics;
using System.Runtime.CompilerServices;
using FastAdam.Checks;
using FastAdam.Kernels;
using FastAdam.Rules;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Rules;

/// <summary>What the rules' descriptions say, and what their kernels do, are the same, and are what the tests know of them.</summary>
public sealed class RuleTableTests
{
    public static TheoryData<string> Kinds => [.. Enum.GetNames<RuleKind>()];

    [Fact]
    public void There_is_room_for_all_that_the_rules_have()
    {
        RuleKind[] kinds = Enum.GetValues<RuleKind>();
        Assert.Equal(RuleTable.KindCount, kinds.Length);
        Assert.InRange(RuleTable.KindCount, 1, KernelKey.MostKinds);
        Assert.All(RuleTable.Rules, rule => Assert.InRange(rule.Numbers.Length, 0, TensorNumbers.Capacity));
        Assert.All(RuleTable.Rules, rule => Assert.InRange(rule.State.Length, 0, ArrayRoles.MostStates));
    }

    [Fact]
    public void Every_rule_is_known_by_its_name_and_number()
    {
        OptimizerRule[] rules = Enum.GetValues<OptimizerRule>();
        Assert.Equal(rules.Select(rule => $"{rule}"), RuleTable.Rules.Select(rule => rule.Name));
        Assert.Equal(rules.Select(rule => (int)rule), RuleTable.Rules.Select(rule => rule.Number));
        Assert.Equal(Enum.GetValues<RuleKind>(), RuleFacts.All.Select(facts => facts.Kind));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_kernels_keep_the_arrays_that_the_description_says(string kind)
    {
        RuleKind rule = Enum.Parse<RuleKind>(kind);
        var facts = RuleFacts.Of(rule);
        RuleDescription description = RuleKinds.DescriptionOf(rule);
        Assert.Equal(facts.Rule, (OptimizerRule)description.Number);
        Assert.Equal(
            facts.Numbers.Select(number => (number.Name, number.Initial)),
            description.Numbers.Select(number => (number.Name, number.Initial)));
        Assert.Equal(facts.State.Length, description.State.Length);

        // A bit of the place among the rule's kinds for each optional array.
        int place = rule - Enum.GetValues<RuleKind>().First(first => RuleKinds.DescriptionOf(first) == description);
        StateArrays expected = StateArrays.None;
        for (int i = 0; i < description.State.Length; i++)
        {
            bool isKept = !description.State[i].IsOptional || (place & 1) != 0;
            place >>= description.State[i].IsOptional ? 1 : 0;
            expected |= isKept ? (StateArrays)(1 << i) : StateArrays.None;
            Assert.Equal(isKept, description.State[i].IsKept(facts.Group.Values));
            Assert.Equal(isKept ? ArrayNames.Of(rule, ArrayRole.FirstState + i) : null, facts.State[i]?.Name);
        }

        Assert.Equal(expected, RuleKinds.StateOf(rule));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_group_of_the_facts_leads_to_its_kind(string kind)
    {
        RuleKind rule = Enum.Parse<RuleKind>(kind);
        var facts = RuleFacts.Of(rule);
        var random = new Random(Seeds.Base);
        ParameterGroup[] groups =
            [facts.Group, .. facts.Modes, .. Enumerable.Range(0, 50).Select(_ => RandomGroup.Next(random, rule))];
        Assert.All(groups, group =>
        {
            Assert.Equal(rule, RuleKinds.Of(group.Values));
            int first = (int)Enum.GetValues<RuleKind>().First(each => RuleKinds.DescriptionOf(each).Number == (int)group.Rule);
            Assert.Equal((int)rule - first, RuleKinds.DescriptionOf(rule).KindOffset(group.Values));
        });
    }

    [Fact]
    public void A_rule_without_facts_is_told_where_they_belong()
    {
        Assert.Contains("Support/RuleFacts.cs", Message(() => RuleFacts.Of((RuleKind)200)), StringComparison.Ordinal);
        Assert.Contains("Support/RuleFacts.cs", Message(() => RuleFacts.Of((OptimizerRule)200)), StringComparison.Ordinal);

        static string Message(Action find) => Assert.Throws<NotSupportedException>(find).Message;
    }

    [Fact]
    public void Numbers_of_a_rule_that_do_not_fit_are_told_so()
    {
        Sixteen most = default;
        most[15] = 7;
        Assert.Equal(7, Coefficients.Of(most)[15]);
        var exception = Assert.Throws<UnreachableException>(() => { Coefficients.Of(default(Seventeen)); });
        Assert.Contains("Coefficients.Capacity", exception.Message, StringComparison.Ordinal);
        Assert.Contains("16 floats", exception.Message, StringComparison.Ordinal);
    }

    [InlineArray(16)]
    private struct Sixteen
    {
        private float _first;
    }

    [InlineArray(17)]
    private struct Seventeen
    {
        private float _first;
    }
}

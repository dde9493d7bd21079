using FastAdam.Kernels;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Api;

/// <summary>The groups' defaults are PyTorch's, and a group holds what it was given.</summary>
public sealed class ParameterGroupTests
{
    public static TheoryData<string> Rules => [.. Enum.GetNames<OptimizerRule>()];

    public static TheoryData<string> RulesWithEpsilon =>
        [.. Enum.GetValues<OptimizerRule>().Where(rule => RuleFacts.Of(rule).HasNumber("Epsilon")).Select(rule => $"{rule}")];

    [Theory]
    [MemberData(nameof(Rules))]
    public void Defaults(string rule)
    {
        ParameterGroup group = DefaultsOf(rule);
        var facts = RuleFacts.Of(Enum.Parse<OptimizerRule>(rule));
        Assert.Equal(facts.Rule, group.Rule);
        foreach (NumberFacts number in RuleFacts.AllNumbers)
        {
            double expected = number.Name switch
            {
                nameof(ParameterGroup.GradientScale) => 1,
                nameof(ParameterGroup.MaxGradientValue) => double.PositiveInfinity,
                _ => facts.Defaults.SingleOrDefault(each => each.Name == number.Name).Default,
            };
            Assert.True(expected.Equals(Value(group, number.Name)), $"{rule}'s {number.Name} is {Value(group, number.Name)}.");
        }

        foreach (string name in (string[])[.. RuleFacts.AllSwitches, nameof(ParameterGroup.Maximize)])
        {
            Assert.Equal(facts.SwitchesOnByDefault.Contains(name), Value(group, name));
        }

        Assert.Equal(Subnormals.Flush, group.Subnormals);
    }

    [Fact]
    public void AdamW_defaults() =>
        Assert.Equal(ParameterGroup.Adam with { DecoupledWeightDecay = true, WeightDecay = 1e-2 }, ParameterGroup.AdamW);

    [Fact]
    public void The_table_of_facts_knows_every_property()
    {
        IEnumerable<string> properties = typeof(ParameterGroup).GetProperties()
            .Where(property => property.SetMethod is not null)
            .Select(property => property.Name);
        string[] known = [.. RuleFacts.AllNumbers.Select(number => number.Name), .. RuleFacts.AllSwitches, "Maximize", "Subnormals"];
        Assert.Equal(known.Order(StringComparer.Ordinal), properties.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Values_come_back_as_they_were_set()
    {
        ParameterGroup group = ParameterGroup.Adam with
        {
            LearningRate = -0.0,
            Beta1 = double.NaN,
            Beta2 = 1,
            Epsilon = 5e-324,
            GradientScale = 3,
            Subnormals = Subnormals.Preserve,
            AmsGrad = true,
        };
        Assert.True(double.IsNegative(group.LearningRate));
        Assert.Equal((double.NaN, 1, 5e-324, 3), (group.Beta1, group.Beta2, group.Epsilon, group.GradientScale));
        Assert.Equal((Subnormals.Preserve, true, false), (group.Subnormals, group.AmsGrad, group.Maximize));
        Assert.Equal(Subnormals.Flush, (group with { Subnormals = Subnormals.Flush }).Subnormals);
        Assert.False((group with { AmsGrad = false }).AmsGrad);
    }

    [Fact]
    public void Setting_a_default_is_the_same_as_leaving_it()
    {
        ParameterGroup same = ParameterGroup.Adam with
        {
            LearningRate = 1e-3,
            Beta1 = 0.9,
            Beta2 = 0.999,
            Epsilon = 1e-8,
            GradientScale = 1,
            Maximize = false,
        };
        Assert.Equal(ParameterGroup.Adam, same);
        Assert.True(ParameterGroup.Adam == same);
        Assert.Equal(ParameterGroup.Adam.GetHashCode(), same.GetHashCode());
        Assert.True(ParameterGroup.Adam != ParameterGroup.RAdam);
        Assert.NotEqual(ParameterGroup.Adam, same with { Maximize = true });
        Assert.NotEqual(default, same);
    }

    [Fact]
    public void Its_text_names_what_the_rule_has()
    {
        Assert.Equal("no group", $"{default(ParameterGroup)}");
        string lion = $"{ParameterGroup.Lion}";
        Assert.StartsWith("Lion { LearningRate = 0.0001, Beta1 = 0.9, Beta2 = 0.99, WeightDecay = 0, ", lion, StringComparison.Ordinal);
        Assert.DoesNotContain("Epsilon", lion, StringComparison.Ordinal);
        Assert.EndsWith(", DecoupledWeightDecay }", lion, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(7)]
    public void Subnormals_are_one_of_two(int value)
    {
        var exception = Assert.Throws<ArgumentOutOfRangeException>(() => ParameterGroup.Adam with { Subnormals = (Subnormals)value });
        Assert.Equal((Subnormals)value, exception.ActualValue);
        Assert.StartsWith("Subnormals must be Flush or Preserve.", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(RulesWithEpsilon))]
    public void An_epsilon_that_single_precision_rounds_to_zero_is_refused(string rule)
    {
        var exception = Assert.Throws<ArgumentOutOfRangeException>(() => Step(1e-46));
        Assert.Equal(("groups", 1e-46), (exception.ParamName, exception.ActualValue));
        Assert.StartsWith(
            "groups[0]: ParameterGroup.Epsilon must be 0, or above 0 and finite in single precision.",
            exception.Message,
            StringComparison.Ordinal);
        Step(0);
        Step(1e-45);

        void Step(double epsilon)
        {
            // Not the first step, which leaves ADOPT's parameters as they are, nor zeros, in which AdaDelta makes no step without epsilon.
            float[] p = [1], g = [1];
            var facts = RuleFacts.Of(Enum.Parse<OptimizerRule>(rule));
            float[][] state = [.. Enumerable.Range(0, ArrayRoles.MostStates).Select(_ => (float[])[0.25f])];
            double[]? numbers = facts.Numbers.Length == 0 ? null : facts.InitialNumbers();
            OneTensor.Step(p, g, state, 2, DefaultsOf(rule) with { Epsilon = epsilon }, default, numbers);
            Assert.True(float.IsFinite(p[0]) && p[0] < 1, $"{rule} with {epsilon}: {p[0]}");
        }
    }

    private static ParameterGroup DefaultsOf(string rule) =>
        (ParameterGroup)typeof(ParameterGroup).GetProperty(rule)!.GetValue(null)!;

    private static object Value(ParameterGroup group, string name) => typeof(ParameterGroup).GetProperty(name)!.GetValue(group)!;
}

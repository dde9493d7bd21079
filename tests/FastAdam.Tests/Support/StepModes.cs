using FastAdam.Rules;

namespace FastAdam.Tests.Support;

/// <summary>The groups of <see cref="RuleFacts"/> by a number, and the library's constants for them.</summary>
internal static class StepModes
{
    public static ParameterGroup Group(RuleKind rule, int mode)
    {
        ParameterGroup[] modes = RuleFacts.Of(rule).Modes;
        return modes[mode % modes.Length];
    }

    /// <summary>What the gradients are multiplied by for their norm: now and then it is clipped.</summary>
    public static double ClipCoefficient(int mode) => mode % 5 == 4 ? 0.3 : 1;

    public static StepConstants Constants(RuleKind rule, int mode, long step)
    {
        StepConstants constants = Constants(Group(rule, mode), step);
        constants.Clip(ClipCoefficient(mode));
        return constants;
    }

    public static StepConstants Constants(in ParameterGroup group, long step)
    {
        RuleKind kind = RuleKinds.Of(group.Values);
        TensorNumbers before = default;
        RuleFacts.Of(kind).ExampleNumbers().CopyTo((Span<double>)before);
        var numbers = new StepNumbers { Step = step };
        numbers.TensorNumbers = RuleKinds.Advance(kind, group.Values, step, before);
        return RuleKinds.ConstantsOf(kind, group.Values, numbers);
    }
}

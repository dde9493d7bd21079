using System.Runtime.CompilerServices;
using FastAdam.Checks;
using FastAdam.Rules;

namespace FastAdam.Steps;

/// <summary>
/// The constants of Adam's steps. A model's tensors step one after another with the same group, and for small ones the constants cost
/// more than the update: a thread keeps its last ones.
/// </summary>
internal sealed class AdamConstants
{
    [ThreadStatic]
    private static AdamConstants? _ofThread;

    private readonly StepNumbers _numbers = new();

    // No caller's group is equal to this one.
    private GroupValues _group = new() { Rule = -1 };
    private StepConstants _constants;

    // 0 is none.
    private long _step;

    /// <summary>Those of the calling thread.</summary>
    public static AdamConstants OfThread
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _ofThread ??= new AdamConstants();
    }

    /// <summary>The group that they are for.</summary>
    public ref readonly GroupValues Group
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _group;
    }

    /// <summary>Checks the group and what follows from it, and gives the constants of the step.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The group is not Adam's, or a hyperparameter or the step is out of its range.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref readonly StepConstants At(in GroupValues group, long step)
    {
        if (!GroupValues.AreSame(group, _group))
        {
            SetGroup(group);
        }

        return ref At(step);
    }

    /// <summary>The constants of a step of the present group.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The step is below 1, or what follows from it is not finite.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref readonly StepConstants At(long step)
    {
        // Before the comparison: what is new holds step 0.
        StepCheck.Number(step);
        if (_step != step)
        {
            SetStep(step);
        }

        return ref _constants;
    }

    /// <summary>Takes another group; where that is invalid, the present one stays.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void SetGroup(in GroupValues group)
    {
        var item = new Item("group");
        GroupCheck.Values(group, item);
        GroupCheck.ForAdamAlone(group, item);
        _step = 0;
        _constants = new StepConstants(
            group, Coefficients.Of(AdamCoefficients.Of(group)), WeightDecay.ParameterDecay(group), hasOwnWeightDecay: false);
        _group = group;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SetStep(long step)
    {
        // None, should the check fail.
        _step = 0;
        _numbers.Step = step;

        // In place: a copy would wait for what has just been written in smaller pieces.
        ref AdamCoefficients coefficients = ref Coefficients.In<AdamCoefficients>(ref _constants.Coefficients);
        coefficients.SetStep(_group, _numbers);
        if (!float.IsFinite(coefficients.Ss))
        {
            GroupCheck.Derived(_constants.Coefficients, _group, step, new Item("group"));
        }

        _step = step;
    }
}

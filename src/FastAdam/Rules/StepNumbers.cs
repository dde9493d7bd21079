using System.Runtime.CompilerServices;

namespace FastAdam.Rules;

/// <summary>What depends on the number of the step. It keeps the powers of its last steps, which make the next ones cheap.</summary>
internal sealed class StepNumbers
{
    // One for each beta, so that none drops what another one keeps.
    private readonly IntegerPower _beta1Power = new();
    private readonly IntegerPower _beta2Power = new();
    private double _beta1;
    private double _beta2;

    /// <summary>The tensor's numbers after this step.</summary>
    public TensorNumbers TensorNumbers;

    /// <summary>t, from 1.</summary>
    public long Step { get; private set; }

    /// <summary>beta1^t.</summary>
    public double Beta1Power
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _beta1Power.Of(_beta1, Step);
    }

    /// <summary>beta2^t.</summary>
    public double Beta2Power
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _beta2Power.Of(_beta2, Step);
    }

    /// <summary>Turns to a step of a group.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Set(in GroupValues group, long step)
    {
        _beta1 = group[Hyperparameter.Beta1];
        _beta2 = group[Hyperparameter.Beta2];
        Step = step;
    }
}

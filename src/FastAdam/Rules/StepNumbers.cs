using System.Runtime.CompilerServices;

namespace FastAdam.Rules;

/// <summary>What depends on the number of the step. It keeps the powers of its last steps, which make the next ones cheap.</summary>
internal sealed class StepNumbers
{
    // One for each beta, so that none drops what another one keeps.
    private readonly IntegerPower _beta1Power = new();
    private readonly IntegerPower _beta2Power = new();
    private readonly IntegerPower _beta3Power = new();

    /// <summary>The tensor's numbers after this step.</summary>
    public TensorNumbers TensorNumbers;

    /// <summary>t, from 1.</summary>
    public long Step;

    /// <summary>beta1^t.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Beta1Power(in GroupValues group) => _beta1Power.Of(group[Hyperparameter.Beta1], Step);

    /// <summary>beta2^t.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Beta2Power(in GroupValues group) => _beta2Power.Of(group[Hyperparameter.Beta2], Step);

    /// <summary>beta3^t.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Beta3Power(in GroupValues group) => _beta3Power.Of(group[Hyperparameter.Beta3], Step);
}

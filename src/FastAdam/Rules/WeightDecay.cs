using System.Runtime.CompilerServices;

namespace FastAdam.Rules;

/// <summary>Decoupled weight decay as AdamW has it.</summary>
internal static class WeightDecay
{
    /// <summary>1 - lr * wd.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Factor(in GroupValues group) =>
        Math.FusedMultiplyAdd(-group[Hyperparameter.LearningRate], group[Hyperparameter.WeightDecay], 1);

    /// <summary>That where it is decoupled, else 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double ParameterDecay(in GroupValues group) => group.Has(GroupFlags.DecoupledWeightDecay) ? Factor(group) : 1;
}

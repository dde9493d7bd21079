using System.Runtime.CompilerServices;
using FastAdam.Kernels;
using FastAdam.Rules;

namespace FastAdam;

/// <summary>What errors call the arrays of a tensor: by PyTorch's names for the rule's state.</summary>
internal static class ArrayNames
{
    /// <param name="rule">The rule.</param>
    /// <param name="array">The number of the array in <see cref="Streams"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static string Of(RuleKind rule, int array) => (array, rule) switch
    {
        (0, _) => "parameters",
        (Streams.GradientsNumber, _) => "gradients",
        (2, RuleKind.Momentum or RuleKind.RmsPropMomentum or RuleKind.CenteredRmsPropMomentum) => "momentumBuffer",
        (2, _) => "expAvg",
        (3, RuleKind.AdaMax) => "expInf",
        (3, RuleKind.AdaGrad) => "sum",
        (3, RuleKind.RmsProp or RuleKind.RmsPropMomentum or RuleKind.CenteredRmsProp or RuleKind.CenteredRmsPropMomentum) =>
            "squareAvg",
        (3, _) => "expAvgSq",
        (_, RuleKind.AmsGrad) => "maxExpAvgSq",
        (_, RuleKind.NAdam) => "MomentumProduct",
        _ => "gradAvg",
    };
}

using System.Runtime.CompilerServices;

namespace FastAdam.Rules;

/// <summary>
/// NAdam's momentum of a step, mu_t = beta1 * (1 - 0.96^(t * momentum_decay) / 2) (T. Dozat, 2016; the base is PyTorch's), from
/// IEEE operations alone: so it has the same bits on every CPU and system, which the C libraries' pow has not.
/// </summary>
internal static class MomentumSchedule
{
    // ln 0.96 as the sum of two doubles.
    private const double LogBaseHigh = -0.040821994520255166;
    private const double LogBaseLow = -8.893492737632459e-19;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double At(in GroupValues group, double step) =>
        group[Hyperparameter.Beta1] * (1 - (0.5 * PowerOfBase(step * group[Hyperparameter.MomentumDecay])));

    /// <summary>0.96^y for y of at least 0, within two units in the last place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static double PowerOfBase(double y)
    {
        double high = y * LogBaseHigh;
        return ElementaryFunctions.Exp(high, Math.FusedMultiplyAdd(y, LogBaseHigh, -high) + (y * LogBaseLow));
    }
}

using System.Runtime.CompilerServices;

namespace FastAdam.Rules;

/// <summary>
/// NAdam's momentum of a step, mu_t = beta1 * (1 - 0.96^(t * momentum_decay) / 2) (T. Dozat, 2016; the base is PyTorch's), from
/// IEEE operations alone: so it has the same bits on every CPU and system, which the C libraries' pow has not.
/// </summary>
internal static class MomentumSchedule
{
    // ln 0.96 and ln 2, each as the sum of two doubles.
    private const double LogBaseHigh = -0.040821994520255166;
    private const double LogBaseLow = -8.893492737632459e-19;
    private const double Log2High = 0.6931471805599453;
    private const double Log2Low = 2.3190468138462996e-17;

    // exp(-746) is less than half of the smallest number above 0.
    private const double SmallestExponent = -746;

    // Of Taylor's series, whose remainder at ln 2 / 2 is then below 2^-57.
    private const int Terms = 14;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double At(in GroupValues group, double step) =>
        group[Hyperparameter.Beta1] * (1 - (0.5 * PowerOfBase(step * group[Hyperparameter.MomentumDecay])));

    /// <summary>0.96^y for y of at least 0, within two units in the last place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static double PowerOfBase(double y)
    {
        double high = y * LogBaseHigh;
        if (!(high > SmallestExponent))
        {
            return 0;
        }

        double low = Math.FusedMultiplyAdd(y, LogBaseHigh, -high) + (y * LogBaseLow);
        double halvings = Math.Round(high / Log2High);
        double rest = Math.FusedMultiplyAdd(-halvings, Log2High, high) + (low - (halvings * Log2Low));
        double sum = 1;
        for (int term = Terms; term > 0; term--)
        {
            sum = Math.FusedMultiplyAdd(rest / term, sum, 1);
        }

        return Math.ScaleB(sum, (int)halvings);
    }
}

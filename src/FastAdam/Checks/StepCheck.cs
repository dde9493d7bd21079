using System.Runtime.CompilerServices;

namespace FastAdam.Checks;

/// <summary>Finds what is wrong with a step's number and options.</summary>
internal static class StepCheck
{
    /// <exception cref="ArgumentOutOfRangeException">The step is below 1.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Number(long step)
    {
        if (step < 1)
        {
            throw Faults.OutOfRange(Fault.Step, nameof(step), step, "The step must be at least 1.");
        }
    }

    /// <exception cref="ArgumentOutOfRangeException">The number of threads is negative.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Threads(int threads)
    {
        if (threads < 0)
        {
            throw Faults.OutOfRange(Fault.Threads, nameof(threads), threads, "The number of threads must be at least 0.");
        }
    }

    /// <exception cref="ArgumentOutOfRangeException">One of them is out of its range.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Options(in StepOptions options)
    {
        if (options.MaxGradientNorm is double norm && !(norm > 0))
        {
            throw OutOfRange(Fault.Hyperparameter, norm, nameof(options.MaxGradientNorm), "must be above 0, or null");
        }

        if (options.NonFiniteGradients is not (NonFiniteGradients.Propagate or NonFiniteGradients.SkipStep))
        {
            throw OutOfRange(
                Fault.Hyperparameter, options.NonFiniteGradients, nameof(options.NonFiniteGradients), "must be Propagate or SkipStep");
        }

        if (options.Threads < 0)
        {
            throw OutOfRange(Fault.Threads, options.Threads, nameof(options.Threads), "must be at least 0");
        }
    }

    private static ArgumentOutOfRangeException OutOfRange(Fault fault, object value, string name, string requirement) =>
        Faults.OutOfRange(fault, "options", value, $"{nameof(StepOptions)}.{name} {requirement}.");
}

using System.Runtime.CompilerServices;
using FastAdam.Kernels;

namespace FastAdam;

/// <summary>The passes that a step makes over its tensors, all of which have been checked.</summary>
internal static class OptimizerPasses
{
    /// <summary>Of PyTorch's clip_grad_norm_, against division by zero.</summary>
    private const double NormOffset = 1e-6;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static StepReport Run(TensorList list, int constants, in StepOptions options)
    {
        Parallelism parallelism = Parallelism.Of(options.Threads);
        GradientSums? gradients = null;
        if (options.MaxGradientNorm is not null || options.NonFiniteGradients == NonFiniteGradients.SkipStep)
        {
            gradients = list.MeasureGradients(parallelism);
        }

        double? norm = options.MaxGradientNorm is null ? null : Math.Sqrt(gradients!.Value.SquareSum);
        long? nonFinite = gradients?.NonFinite;
        if (nonFinite > 0 && options.NonFiniteGradients == NonFiniteGradients.SkipStep)
        {
            return new StepReport(true, nonFinite, norm, null, null, null);
        }

        if (norm is double total)
        {
            // NaN where the norm is NaN: that is to reach the gradients.
            double coefficient = options.MaxGradientNorm!.Value / (total + NormOffset);
            Clip(list.Constants(constants)[..constants], coefficient > 1 ? 1 : (float)coefficient);
        }

        if (!options.ReportsChanges)
        {
            list.Run(parallelism);
            return new StepReport(false, nonFinite, norm, null, null, null);
        }

        ParameterSums changes = list.RunAndCompare(parallelism);
        return new StepReport(
            false,
            nonFinite,
            norm,
            Math.Sqrt(changes.UpdateSquareSum),
            Math.Sqrt(changes.SquareSum),
            list.Elements == 0 ? 0 : changes.Unchanged / (double)list.Elements);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Clip(Span<Rules.StepConstants> constants, float coefficient)
    {
        foreach (ref Rules.StepConstants each in constants)
        {
            each = each with { ClipCoefficient = coefficient };
        }
    }
}

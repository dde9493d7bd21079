using System.Runtime.CompilerServices;
using FastAdam.Kernels;
using FastAdam.Passes;

namespace FastAdam.Steps;

/// <summary>The passes that a step makes over its tensors, all of which were checked.</summary>
internal static unsafe class StepPasses
{
    /// <summary>Of PyTorch's clip_grad_norm_, against division by zero.</summary>
    private const double NormOffset = 1e-6;

    /// <exception cref="OutOfMemoryException">There is no memory for what the passes measure: nothing was written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static StepReport Run(StepArea area, in StepOptions options)
    {
        Parallelism parallelism = Parallelism.Of(options.Threads, options.Executor);
        bool skips = options.NonFiniteGradients == NonFiniteGradients.SkipStep;
        bool looks = skips || options.MaxGradientNorm is not null;
        area.Tensors.ReserveSums(ofGradients: looks, ofParameters: options.ReportsChanges);
        (long? nonFinite, double? norm) = (null, null);
        if (looks)
        {
            GradientSums gradients = area.Tensors.MeasureGradients(area.Constants.Constants, parallelism);
            nonFinite = gradients.NonFinite;
            norm = options.MaxGradientNorm is null ? null : Math.Sqrt(gradients.SquareSum);
        }

        if (nonFinite > 0 && skips)
        {
            return new StepReport(true, nonFinite, norm, null, null, null);
        }

        if (norm is double total && !double.IsPositiveInfinity(options.MaxGradientNorm!.Value))
        {
            // NaN where the norm is NaN: that is to reach the gradients.
            double coefficient = options.MaxGradientNorm.Value / (total + NormOffset);
            area.Constants.Clip(coefficient > 1 ? 1 : coefficient);
        }

        if (!options.ReportsChanges)
        {
            area.Tensors.Run(area.Constants.Constants, parallelism);
            return new StepReport(false, nonFinite, norm, null, null, null);
        }

        ParameterSums changes = area.Tensors.RunAndCompare(area.Constants.Constants, parallelism);
        ulong elements = area.Tensors.Elements;
        return new StepReport(
            false,
            nonFinite,
            norm,
            Math.Sqrt(changes.UpdateSquareSum),
            Math.Sqrt(changes.SquareSum),
            elements == 0 ? 0 : changes.Unchanged / (double)elements);
    }
}

namespace FastAdam;

/// <summary>
/// What a step saw and did. Norms are Euclidean, over all tensors of the step, of squares that are summed in double precision, and have
/// the same bits on every instruction set and for any number of threads.
/// </summary>
/// <param name="IsSkipped">Whether the step was skipped: every array is as it was, and the next step has this one's number.</param>
/// <param name="NonFiniteGradients">Elements of the gradients that are infinite or NaN after their scale, where
/// <see cref="StepOptions.MaxGradientNorm"/> or <see cref="FastAdam.NonFiniteGradients.SkipStep"/> made the step look; else null.</param>
/// <param name="GradientNorm">The norm of the gradients after their scale and before clipping, where it was asked for by
/// <see cref="StepOptions.MaxGradientNorm"/>; else null.</param>
/// <param name="UpdateNorm">The norm of what the stored parameters changed by, weight decay included, each difference in single
/// precision, where
/// <see cref="StepOptions.ReportsChanges"/> is set and the step was not skipped; else null.</param>
/// <param name="ParameterNorm">The norm of the stored parameters after the step; as <paramref name="UpdateNorm"/>.</param>
/// <param name="UnchangedShare">The share of the parameters that the step left to the bit as they were, or NaN as they were, from
/// 0 to 1; 0 where there are none; as <paramref name="UpdateNorm"/>.</param>
public readonly record struct StepReport(
    bool IsSkipped,
    long? NonFiniteGradients,
    double? GradientNorm,
    double? UpdateNorm,
    double? ParameterNorm,
    double? UnchangedShare);

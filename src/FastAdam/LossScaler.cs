using FastAdam.Checks;

namespace FastAdam;

/// <summary>
/// The scale of a loss whose gradients are stored in half precision, in which small ones would vanish. It grows while all gradients are finite,
/// and falls where one is not, as PyTorch's <c>GradScaler</c>:
/// <code>
/// scaler.Scale                  what the loss is multiplied by before the gradients are taken
/// scaler.Step(optimizer)        a step with gradients divided by it; skipped as a whole where one is infinite or NaN
/// scaler.Update()               after the steps of all optimizers of a mini-batch
///
/// Update: one was skipped:      scale = scale * backoff; the count starts again
///         none was:             where that makes interval in a row, scale = scale * growth, if finite; the count starts again
/// </code>
/// </summary>
/// <remarks>
/// The scale is a single-precision number, multiplied in double precision and rounded, as in PyTorch's <c>_amp_update_scale_</c>
/// (aten/src/ATen/native/cuda/AmpKernels.cu). A step that was skipped does not count for the optimizer. Not thread-safe. A run that is continued
/// sets <see cref="Scale"/> and <see cref="FiniteCount"/> as they were.
/// </remarks>
public sealed class LossScaler
{
    private bool _foundNonFinite;

    /// <summary>Makes a scaler.</summary>
    /// <param name="initialScale">The first scale: above 0 and finite, both in single precision.</param>
    /// <param name="growthFactor">What it is multiplied by to grow: above 1 and finite.</param>
    /// <param name="backoffFactor">What it is multiplied by to fall: above 0 and below 1.</param>
    /// <param name="growthInterval">How many mini-batches in a row, all with finite gradients, make it grow: at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public LossScaler(
        double initialScale = 65536, double growthFactor = 2, double backoffFactor = 0.5, int growthInterval = 2000)
    {
        RequireScale(initialScale, nameof(initialScale));
        Faults.Require(growthFactor > 1 && double.IsFinite(growthFactor), growthFactor, nameof(growthFactor), "above 1 and finite");
        Faults.Require(backoffFactor is > 0 and < 1, backoffFactor, nameof(backoffFactor), "above 0 and below 1");
        Faults.Require(growthInterval >= 1, growthInterval, nameof(growthInterval), "at least 1");
        (Scale, GrowthFactor, BackoffFactor, GrowthInterval) = (initialScale, growthFactor, backoffFactor, growthInterval);
    }

    /// <summary>What the loss is to be multiplied by.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is set to a value that is not above 0 and finite, both in single precision.</exception>
    public double Scale
    {
        get;
        set
        {
            RequireScale(value, nameof(value));
            field = (float)value;
        }
    }

    /// <summary>What the scale is multiplied by to grow.</summary>
    public double GrowthFactor { get; }

    /// <summary>What the scale is multiplied by to fall.</summary>
    public double BackoffFactor { get; }

    /// <summary>How many mini-batches in a row, all with finite gradients, make the scale grow.</summary>
    public int GrowthInterval { get; }

    /// <summary>How many mini-batches in a row had finite gradients, counted again from 0 whenever
    /// <see cref="GrowthInterval"/> are reached: PyTorch's growth tracker.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is set to a value below 0, or not below <see cref="GrowthInterval"/>.</exception>
    public int FiniteCount
    {
        get;
        set
        {
            Faults.Require(value >= 0 && value < GrowthInterval, value, nameof(value), $"at least 0 and below {nameof(GrowthInterval)}");
            field = value;
        }
    }

    /// <summary>Makes a step whose gradients are divided by the scale, beside their groups' own
    /// <see cref="ParameterGroup.GradientScale"/>, and which is skipped where one of them is infinite or NaN.</summary>
    /// <param name="optimizer">The optimizer, whose other options hold.</param>
    /// <returns>What the step saw and did.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="optimizer"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">As <see cref="StatefulOptimizer.Step()"/>; or a group's scale times this one is not finite
    /// in single precision. The optimizer is as it was, and the scaler too.</exception>
    /// <exception cref="OutOfMemoryException">As <see cref="StatefulOptimizer.Step()"/>.</exception>
    /// <exception cref="InvalidOperationException">As <see cref="StatefulOptimizer.Step()"/>.</exception>
    /// <exception cref="PlatformNotSupportedException">As <see cref="StatefulOptimizer.Step()"/>.</exception>
    /// <exception cref="ObjectDisposedException">As <see cref="StatefulOptimizer.Step()"/>.</exception>
    public StepReport Step(StatefulOptimizer optimizer)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        StepReport report = optimizer.Step(optimizer.Options with { NonFiniteGradients = NonFiniteGradients.SkipStep }, Scale);
        _foundNonFinite |= report.IsSkipped;
        return report;
    }

    /// <summary>Sets the scale for the next mini-batch.</summary>
    public void Update()
    {
        if (_foundNonFinite)
        {
            // A scale of 0, which would make NaN of all gradients, is none.
            Scale = Math.Max((float)(Scale * BackoffFactor), float.Epsilon);
            FiniteCount = 0;
        }
        else if (FiniteCount + 1 < GrowthInterval)
        {
            FiniteCount++;
        }
        else
        {
            float grown = (float)(Scale * GrowthFactor);
            Scale = float.IsFinite(grown) ? grown : Scale;
            FiniteCount = 0;
        }

        _foundNonFinite = false;
    }

    private static void RequireScale(double value, string name) =>
        Faults.Require((float)value > 0 && float.IsFinite((float)value), value, name, "above 0 and finite, both in single precision");
}

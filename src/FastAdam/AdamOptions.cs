namespace FastAdam;

/// <summary>
/// The hyperparameters of Adam and AdamW. <c>default</c>, <c>new()</c> and <see cref="Adam"/> are PyTorch's defaults for Adam,
/// <see cref="AdamW"/> those for AdamW; change single ones by <c>AdamOptions.AdamW with { LearningRate = 3e-4 }</c>.
/// </summary>
/// <remarks>
/// All numbers are dimensionless. They are checked when a step is made, not here, and must be finite in single precision too, in
/// which the elements are computed.
/// </remarks>
public readonly record struct AdamOptions
{
    // Kept as the difference of its bits from the default's, so that default(AdamOptions) holds the defaults.
    private readonly long _learningRate;
    private readonly long _beta1;
    private readonly long _beta2;
    private readonly long _gradientScale;
    private readonly long _epsilon;

    /// <summary>PyTorch's defaults for Adam: lr 1e-3, betas 0.9 and 0.999, eps 1e-8, no weight decay.</summary>
    public static AdamOptions Adam => default;

    /// <summary>PyTorch's defaults for AdamW: as <see cref="Adam"/>, with decoupled weight decay of 1e-2.</summary>
    public static AdamOptions AdamW => new() { DecoupledWeightDecay = true, WeightDecay = 1e-2 };

    /// <summary>lr, the step size: finite, at least 0, and finite in single precision after division by
    /// 1 - beta1^t. Default 1e-3.</summary>
    public double LearningRate
    {
        get => FromDifference(_learningRate, 1e-3);
        init => _learningRate = Difference(value, 1e-3);
    }

    /// <summary>beta1, the decay rate of the first moment: from 0 to below 1. Default 0.9.</summary>
    public double Beta1
    {
        get => FromDifference(_beta1, 0.9);
        init => _beta1 = Difference(value, 0.9);
    }

    /// <summary>beta2, the decay rate of the second moment: from 0 to below 1. Default 0.999.</summary>
    public double Beta2
    {
        get => FromDifference(_beta2, 0.999);
        init => _beta2 = Difference(value, 0.999);
    }

    /// <summary>
    /// eps, added to the root of the bias-corrected second moment: finite, at least 0. Default 1e-8. One that is 0 in single
    /// precision (below about 1e-45) makes parameters NaN whose moments are both 0.
    /// </summary>
    public double Epsilon
    {
        get => FromDifference(_epsilon, 1e-8);
        init => _epsilon = Difference(value, 1e-8);
    }

    /// <summary>weight_decay: finite, at least 0. Default 0, and 1e-2 in <see cref="AdamW"/>.</summary>
    public double WeightDecay { get; init; }

    /// <summary>
    /// True for AdamW: the parameters shrink by the factor 1 - lr * weight_decay before the update. False (default) for Adam
    /// with L2: weight_decay * parameter is added to the gradient.
    /// </summary>
    public bool DecoupledWeightDecay { get; init; }

    /// <summary>
    /// What the gradients are divided by when they are read, as PyTorch's grad_scale: the factor by which the loss was scaled.
    /// Rounded to single precision, where it must be finite and above 0. Default 1. The gradients in memory stay as they are.
    /// </summary>
    public double GradientScale
    {
        get => FromDifference(_gradientScale, 1);
        init => _gradientScale = Difference(value, 1);
    }

    /// <summary>True to climb the objective: the gradients' sign is reversed when they are read. Default false.</summary>
    public bool Maximize { get; init; }

    /// <summary>What becomes of moments too small for a normal single-precision number. Default
    /// <see cref="Subnormals.Flush"/>.</summary>
    public Subnormals Subnormals { get; init; }

    /// <summary>
    /// How many threads may work on a step, at least 0. 0 (default): as many as this process may use, which is
    /// <see cref="Environment.ProcessorCount"/>: processors, affinity and container limits are counted in. 1: the calling thread
    /// alone. k: at most k, and never more than with 0. Small steps use fewer, down to one. Results do not depend on it.
    /// </summary>
    public int Threads { get; init; }

    private static long Difference(double value, double defaultValue) =>
        BitConverter.DoubleToInt64Bits(value) ^ BitConverter.DoubleToInt64Bits(defaultValue);

    private static double FromDifference(long difference, double defaultValue) =>
        BitConverter.Int64BitsToDouble(difference ^ BitConverter.DoubleToInt64Bits(defaultValue));
}

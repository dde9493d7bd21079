namespace FastAdam;

/// <summary>What to do about gradients that are infinite or NaN.</summary>
public enum NonFiniteGradients
{
    /// <summary>Use them as they are, as PyTorch's optimizers do.</summary>
    Propagate,

    /// <summary>Look at all gradients of the step first, and leave every tensor as it is where one of them is infinite or NaN, as
    /// PyTorch's gradient scaler does; also where only the division by <see cref="ParameterGroup.GradientScale"/> makes it
    /// so. A step that was skipped does not count: the next one has its number.</summary>
    SkipStep,
}

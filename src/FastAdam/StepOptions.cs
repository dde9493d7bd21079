using FastAdam.Passes;

namespace FastAdam;

/// <summary>What holds for a step as a whole, whatever its groups. <c>default</c> is a plain step.</summary>
public readonly record struct StepOptions
{
    /// <summary>
    /// Clipping by global norm: above 0. The norm is the root of the sum of the squares of all gradients of the step, each divided
    /// by its group's <see cref="ParameterGroup.GradientScale"/>; where it is larger than this, all gradients are multiplied by
    /// <c>MaxGradientNorm / (norm + 1e-6)</c>, as PyTorch's <c>clip_grad_norm_</c> does: by 0 where the norm is infinite, by NaN
    /// where it is NaN. Infinity measures the norm and clips nothing. Null (default): neither.
    /// </summary>
    public double? MaxGradientNorm { get; init; }

    /// <summary>What to do about infinite gradients and NaN. Default <see cref="NonFiniteGradients.Propagate"/>.</summary>
    public NonFiniteGradients NonFiniteGradients { get; init; }

    /// <summary>True to measure what the step does to the parameters: <see cref="StepReport.UpdateNorm"/>,
    /// <see cref="StepReport.ParameterNorm"/> and <see cref="StepReport.UnchangedShare"/>.</summary>
    public bool ReportsChanges { get; init; }

    /// <summary>The seed of random rounding: <see cref="TensorArray.Stochastic(BFloat16*)"/>. Default 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>How many threads may work on the step, at least 0, as in <see cref="Adam"/>. Default 0: as many as
    /// this process may use.</summary>
    public int Threads { get; init; }

    /// <summary>What lends the threads; the process's where it is not there.</summary>
    internal HostExecutor Executor { get; init; }
}

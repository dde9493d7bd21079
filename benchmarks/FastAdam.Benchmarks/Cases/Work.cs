using FastAdam.Kernels;
using FastAdam.Rules;

namespace FastAdam.Benchmarks.Cases;

/// <summary>What a call does with its tensors.</summary>
/// <param name="Name">What reports call it.</param>
/// <param name="Group">The optimizer and its hyperparameters.</param>
internal sealed record Work(string Name, OptimizerOptions Group)
{
    /// <summary>What is compared with other libraries.</summary>
    public static Work AdamW { get; } = new("adamw", OptimizerOptions.AdamW);

    /// <summary>The other rules, each way that has a loop of its own.</summary>
    public static IReadOnlyList<Work> OtherRules { get; } =
    [
        new("amsgrad", OptimizerOptions.AdamW with { AmsGrad = true }),
        new("nadam", OptimizerOptions.NAdam),
        new("radam", OptimizerOptions.RAdam),
        new("adamax", OptimizerOptions.AdaMax),
        new("sgd", OptimizerOptions.Sgd),
        new("momentum", OptimizerOptions.Sgd with { Momentum = 0.9 }),
        new("nesterov", OptimizerOptions.Sgd with { Momentum = 0.9, Nesterov = true }),
        new("adagrad", OptimizerOptions.AdaGrad),
        new("rmsprop", OptimizerOptions.RmsProp),
        new("rmsprop_momentum", OptimizerOptions.RmsProp with { Momentum = 0.9 }),
        new("rmsprop_centered", OptimizerOptions.RmsProp with { Centered = true }),
        new("rmsprop_centered_momentum", OptimizerOptions.RmsProp with { Centered = true, Momentum = 0.9 }),
        new("lion", OptimizerOptions.Lion),
    ];

    /// <summary>The pass that clipping by norm makes before the update, alone: of steps that are skipped, since the last gradient
    /// is NaN.</summary>
    public static Work GradientNorm { get; } = new("gradient_norm", OptimizerOptions.AdamW) { OnlyReadsGradients = true };

    /// <summary>Whether a step ends before it writes.</summary>
    public bool OnlyReadsGradients { get; private init; }

    /// <summary>The state arrays that are read and written.</summary>
    public StateArrays State { get; } = KernelRegistry.StateOf(HyperparameterSource.Of(Group, nameof(Group)).Rule);

    /// <summary>What must be moved for an element: parameters and state both ways, gradients one way.</summary>
    /// <param name="dtype">The storage.</param>
    public int TrafficBytes(DType dtype) => OnlyReadsGradients
        ? DType.SizeOf(dtype.Parameter)
        : (3 * DType.SizeOf(dtype.Parameter)) + (2 * int.PopCount((int)State) * DType.SizeOf(dtype.State));

    public override string ToString() => Name;
}

using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Rules;

/// <summary>RMSProp, centered or not, with momentum or not.</summary>
internal static class RmsPropRule
{
    public static RuleDescription Description { get; } = new("RmsProp", 6)
    {
        PythonName = "RMSprop",
        State =
        [
            new("square_avg", 's', "the mean square", Follows.SecondMoment),
            new("momentum_buffer", 'b', "the momentum buffer", Follows.FirstMoment) { IfAbove0 = Hyperparameter.Momentum },
            new("grad_avg", 'a', "the mean gradient", Follows.FirstMoment) { IfOn = GroupFlags.Centered },
        ],
        Hyperparameters =
        [
            (Hyperparameter.LearningRate, 1e-2), (Hyperparameter.Beta2, 0.99), (Hyperparameter.Epsilon, 1e-8), (Hyperparameter.Momentum, 0),
        ],
        Flags = GroupFlags.Centered,
        PythonNames = [(Hyperparameter.Beta2, "alpha")],
    };

    public static RuleDocumentation Documentation => new(
        "RMSProp",
        [
            "s = beta2 * s + (1 - beta2) * g^2; d = sqrt(s) + eps",
            "with centered a = beta2 * a + (1 - beta2) * g and d = sqrt(max(s - a^2, 0)) + eps",
            "p = p - lr * g / d; with a momentum above 0 b = momentum * b + g / d and p = p - lr * b",
        ],
        "PyTorch's RMSprop, whose alpha is beta2. T. Tieleman, G. Hinton, 2012; centered: A. Graves, \"Generating sequences with recurrent "
        + "neural networks\", 2013")
    {
        Operations =
        [
            new("RMSProp", "s = mean(s)", "p = p + (-lr * g) / (sqrt(s) + e)"),
            new("... centered", "a = lerp(a, g, c) as well", "sqrt(max(fma(-a, a, s), 0)) for sqrt(s)"),
            new("... with momentum", "b = fma(momentum, b, g / d) as well", "p = fma(-lr, b, p)"),
        ],
        Arguments = ["lr", "alpha", "eps", "weight_decay", "momentum", "centered"],
    };
}

/// <summary>The order of operations is that of src/NUMERICS.md.</summary>
internal readonly struct RmsPropRule<V, TMomentum, TCentered> : IRule<RmsPropRule<V, TMomentum, TCentered>, V>
    where V : unmanaged, IVector<V>
    where TMomentum : ISwitch
    where TCentered : ISwitch
{
    private readonly V _alpha;
    private readonly V _c;
    private readonly Lerp<V> _w;
    private readonly V _momentum;
    private readonly V _step;
    private readonly V _e;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private RmsPropRule(in Numbers numbers)
    {
        _alpha = V.Broadcast(numbers.Alpha);
        _c = V.Broadcast(numbers.C);
        _w = new Lerp<V>(numbers.C);
        _momentum = V.Broadcast(numbers.Momentum);
        _step = V.Broadcast(numbers.Step);
        _e = V.Broadcast(numbers.E);
    }

    public static StateArrays State
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => StateArrays.First
            | (TMomentum.IsOn ? StateArrays.Second : StateArrays.None)
            | (TCentered.IsOn ? StateArrays.Third : StateArrays.None);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Coefficients Coefficients(in GroupValues group, StepNumbers numbers) =>
        Rules.Coefficients.Of(new Numbers(
            (float)group[Hyperparameter.Beta2],
            (float)(1 - group[Hyperparameter.Beta2]),
            (float)group[Hyperparameter.Momentum],
            (float)-group[Hyperparameter.LearningRate],
            (float)group[Hyperparameter.Epsilon]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RmsPropRule<V, TMomentum, TCentered> Create(in Coefficients coefficients) => new(coefficients.As<Numbers>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Update(ref V p, V g, ref V s0, ref V s1, ref V s2, ref V s3)
    {
        s0 = V.MultiplyAdd(_c * g, g, _alpha * s0);
        V variance = s0;
        if (TCentered.IsOn)
        {
            s2 = _w.Between(s2, g);

            // Not below zero, which rounding can bring it, and the root to NaN. NaN stays.
            variance = V.Max(V.Broadcast(0), V.MultiplyAddNegated(s2, s2, s0));
        }

        V d = V.Sqrt(variance) + _e;
        if (TMomentum.IsOn)
        {
            s1 = V.MultiplyAdd(_momentum, s1, g / d);
            p = V.MultiplyAdd(_step, s1, p);
        }
        else
        {
            p += _step * g / d;
        }
    }

    private readonly record struct Numbers(float Alpha, float C, float Momentum, float Step, float E);
}

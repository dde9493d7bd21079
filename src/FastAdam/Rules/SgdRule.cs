using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Rules;

/// <summary>Gradient descent, with momentum and with Nesterov's.</summary>
internal static class SgdRule
{
    public static RuleDescription Description { get; } = new("Sgd", 4)
    {
        PythonName = "SGD",
        State =
        [
            new("momentum_buffer", 'b', "the momentum buffer", Follows.FirstMoment) { IfAbove0 = Hyperparameter.Momentum },
        ],
        Hyperparameters =
        [
            (Hyperparameter.LearningRate, 1e-3), (Hyperparameter.Momentum, 0), (Hyperparameter.Dampening, 0),
        ],
        KeepsStep = false,
        Flags = GroupFlags.Nesterov,
        Requirements =
        [
            new(
                GroupFlags.Nesterov,
                group => group[Hyperparameter.Momentum] > 0 && group[Hyperparameter.Dampening] == 0,
                "needs a Momentum above 0 and no Dampening"),
        ],
    };

    public static RuleDocumentation Documentation => new(
        "SGD, with momentum and Nesterov's",
        [
            "p = p - lr * g",
            "with a momentum above 0 instead b = momentum * b + (1 - dampening) * g, in step 1 b = g",
            "and p = p - lr * b, with nesterov p = p - lr * (g + momentum * b)",
        ],
        "PyTorch's SGD with fused=True. B. T. Polyak, 1964; Y. Nesterov, 1983; I. Sutskever et al., \"On the importance of initialization "
        + "and momentum in deep learning\", 2013")
    {
        Operations =
        [
            new("SGD", "", "p = fma(g, -lr, p)"),
            new(
                "momentum",
                "b = fma(g, 1 - dampening, momentum * b); g in step 1",
                "p = fma(b, -lr, p); Nesterov: p = fma(fma(b, momentum, g), -lr, p)"),
        ],
        Arguments = ["lr", "momentum", "dampening", "weight_decay", "nesterov"],
    };
}

/// <summary>The order of operations is that of PyTorch's fused CPU kernel.</summary>
internal readonly struct SgdRule<V, TMomentum> : IRule<SgdRule<V, TMomentum>, V>
    where V : unmanaged, IVector<V>
    where TMomentum : ISwitch
{
    private readonly V _step;
    private readonly V _momentum;
    private readonly V _gradientWeight;
    private readonly bool _isFirst;
    private readonly bool _isNesterov;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private SgdRule(in Numbers numbers)
    {
        _step = V.Broadcast(numbers.Step);
        if (TMomentum.IsOn)
        {
            _momentum = V.Broadcast(numbers.Momentum);
            _gradientWeight = V.Broadcast(numbers.GradientWeight);
            _isFirst = numbers.IsFirst != 0;
            _isNesterov = numbers.IsNesterov != 0;
        }
    }

    public static StateArrays State
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TMomentum.IsOn ? StateArrays.First : StateArrays.None;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Coefficients Coefficients(in GroupValues group, StepNumbers numbers) =>
        Rules.Coefficients.Of(new Numbers(
            (float)-group[Hyperparameter.LearningRate],
            (float)group[Hyperparameter.Momentum],
            (float)(1 - group[Hyperparameter.Dampening]),
            numbers.Step == 1 ? 1 : 0,
            group.Has(GroupFlags.Nesterov) ? 1 : 0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SgdRule<V, TMomentum> Create(in Coefficients coefficients) => new(coefficients.As<Numbers>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Update(ref V p, V g, ref V s0, ref V s1, ref V s2, ref V s3)
    {
        V direction = g;
        if (TMomentum.IsOn)
        {
            s0 = _isFirst ? g : V.MultiplyAdd(g, _gradientWeight, _momentum * s0);
            direction = _isNesterov ? V.MultiplyAdd(s0, _momentum, g) : s0;
        }

        p = V.MultiplyAdd(direction, _step, p);
    }

    private readonly record struct Numbers(float Step, float Momentum, float GradientWeight, float IsFirst, float IsNesterov);
}

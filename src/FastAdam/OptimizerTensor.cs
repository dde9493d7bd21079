using System.Runtime.CompilerServices;
using FastAdam.Kernels;
using FastAdam.Rules;

namespace FastAdam;

/// <summary>
/// One tensor of a list that makes a step together: where its arrays are and how they are stored, and the parameter group that
/// it belongs to. <c>default</c> is an empty tensor, which a step leaves alone.
/// </summary>
/// <remarks>
/// It holds addresses, not memory: the arrays must stay where they are, and exist, until the last step that it is used in has
/// returned. That is so for native memory, for managed arrays from <c>GC.AllocateArray&lt;T&gt;(length, pinned: true)</c> that are
/// still referenced, and for others within a <c>fixed</c> statement or while a pinned <c>GCHandle</c> holds them.
///
/// The state arrays are named as Adam's. What other rules keep, and where, stands at <see cref="OptimizerRule"/>; arrays that a
/// rule does not keep are not looked at.
/// </remarks>
public readonly unsafe struct OptimizerTensor
{
    private readonly ElementType _parameters;
    private readonly ElementType _gradients;
    private readonly ElementType _first;
    private readonly ElementType _second;
    private readonly Streams _streams;

    internal OptimizerTensor(ElementType parameters, ElementType gradients, ElementType first, ElementType second, in Streams streams)
    {
        (_parameters, _gradients, _first, _second) = (parameters, gradients, first, second);
        _streams = streams;
    }

    /// <summary>Elements in each of the arrays.</summary>
    public nuint Length => _streams.Length;

    /// <summary>Which of the step's groups it belongs to, from 0. Default 0.</summary>
    public int Group { get; init; }

    /// <summary>The number of this tensor's step, from 1; 0 (default) for that of the call.</summary>
    public long Step { get; init; }

    /// <summary>
    /// For <see cref="OptimizerRule.NAdam"/>: where the product of its momentums is kept (PyTorch's mu_product, a number from 0
    /// to 1), 1 before the first step, aligned to 8 bytes; a step multiplies it. Tensors that always step together may share one, if
    /// they have the same step and the same options; it must lie apart from all arrays. Null for other rules.
    /// </summary>
    public double* MomentumProduct { get; init; }

    /// <summary>Names the arrays of a tensor. They are checked when a step is made, not here.</summary>
    /// <typeparam name="TParameter">Storage of the parameters: <see cref="float"/>, <see cref="Half"/> or
    /// <see cref="BFloat16"/>; so for the other three.</typeparam>
    /// <typeparam name="TGradient">Storage of the gradients.</typeparam>
    /// <typeparam name="TExpAvg">Storage of the first state array.</typeparam>
    /// <typeparam name="TExpAvgSq">Storage of the second state array, and of the third.</typeparam>
    /// <param name="parameters">p, shape [<paramref name="length"/>]; updated by a step.</param>
    /// <param name="gradients">g, shape [<paramref name="length"/>]; only read.</param>
    /// <param name="expAvg">m, the first moment, or another rule's first state array, shape [<paramref name="length"/>];
    /// updated.</param>
    /// <param name="expAvgSq">v, the second moment, or another rule's second state array, shape [<paramref name="length"/>];
    /// updated.</param>
    /// <param name="maxExpAvgSq">AMSGrad's maximum of the second moment, or another rule's third state array, shape
    /// [<paramref name="length"/>]; updated. Null for rules without one.</param>
    /// <param name="length">Elements in each of the arrays.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="NotSupportedException">A type argument is none of the three storage types.</exception>
    public static OptimizerTensor Create<TParameter, TGradient, TExpAvg, TExpAvgSq>(
        TParameter* parameters,
        TGradient* gradients,
        TExpAvg* expAvg,
        TExpAvgSq* expAvgSq,
        TExpAvgSq* maxExpAvgSq,
        nuint length)
        where TParameter : unmanaged
        where TGradient : unmanaged
        where TExpAvg : unmanaged
        where TExpAvgSq : unmanaged => new(
            ElementTypes.Of<TParameter>(),
            ElementTypes.Of<TGradient>(),
            ElementTypes.Of<TExpAvg>(),
            ElementTypes.Of<TExpAvgSq>(),
            new Streams(parameters, gradients, expAvg, expAvgSq, maxExpAvgSq, length));

    /// <summary>Names the arrays of a tensor for a rule with two state arrays at most.</summary>
    /// <inheritdoc cref="Create{TParameter, TGradient, TExpAvg, TExpAvgSq}(TParameter*, TGradient*, TExpAvg*, TExpAvgSq*, TExpAvgSq*, nuint)"/>
    public static OptimizerTensor Create<TParameter, TGradient, TExpAvg, TExpAvgSq>(
        TParameter* parameters, TGradient* gradients, TExpAvg* expAvg, TExpAvgSq* expAvgSq, nuint length)
        where TParameter : unmanaged
        where TGradient : unmanaged
        where TExpAvg : unmanaged
        where TExpAvgSq : unmanaged => Create(parameters, gradients, expAvg, expAvgSq, null, length);

    /// <summary>Names the arrays of a tensor for a rule with one state array, whichever that is.</summary>
    /// <typeparam name="TParameter">Storage of the parameters: <see cref="float"/>, <see cref="Half"/> or
    /// <see cref="BFloat16"/>; so for the other two.</typeparam>
    /// <typeparam name="TGradient">Storage of the gradients.</typeparam>
    /// <typeparam name="TState">Storage of the state.</typeparam>
    /// <param name="parameters">p, shape [<paramref name="length"/>]; updated by a step.</param>
    /// <param name="gradients">g, shape [<paramref name="length"/>]; only read.</param>
    /// <param name="state">The state array, shape [<paramref name="length"/>]; updated.</param>
    /// <param name="length">Elements in each of the arrays.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="NotSupportedException">A type argument is none of the three storage types.</exception>
    public static OptimizerTensor Create<TParameter, TGradient, TState>(
        TParameter* parameters, TGradient* gradients, TState* state, nuint length)
        where TParameter : unmanaged
        where TGradient : unmanaged
        where TState : unmanaged => Create(parameters, gradients, state, state, null, length);

    /// <summary>Names the arrays of a tensor for a rule without state.</summary>
    /// <typeparam name="TParameter">Storage of the parameters: <see cref="float"/>, <see cref="Half"/> or
    /// <see cref="BFloat16"/>.</typeparam>
    /// <typeparam name="TGradient">Storage of the gradients.</typeparam>
    /// <param name="parameters">p, shape [<paramref name="length"/>]; updated by a step.</param>
    /// <param name="gradients">g, shape [<paramref name="length"/>]; only read.</param>
    /// <param name="length">Elements in each of the arrays.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="NotSupportedException">A type argument is none of the three storage types.</exception>
    public static OptimizerTensor Create<TParameter, TGradient>(TParameter* parameters, TGradient* gradients, nuint length)
        where TParameter : unmanaged
        where TGradient : unmanaged => Create(parameters, gradients, (float*)null, (float*)null, null, length);

    /// <summary>Its arrays and the kernel of that rule for them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining | MethodImplOptions.AggressiveOptimization)]
    internal TensorWork Work(InstructionSet instructionSet, RuleKind rule, int constants)
    {
        // What nearly all tensors of nearly all models take.
        return rule == RuleKind.Adam
            ? new TensorWork(
                new KernelKey(instructionSet, rule, _parameters, _gradients, _first, _second),
                new Streams(_streams.Parameters, _streams.Gradients, _streams.First, _streams.Second, _streams.Length),
                constants)
            : TensorWork.Of(instructionSet, rule, _parameters, _gradients, _first, _second, StreamsOf(rule), constants);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining | MethodImplOptions.AggressiveOptimization)]
    private Streams StreamsOf(RuleKind rule) => rule != RuleKind.NAdam
        ? _streams
        : new Streams(_streams.Parameters, _streams.Gradients, _streams.First, _streams.Second, MomentumProduct, _streams.Length);
}

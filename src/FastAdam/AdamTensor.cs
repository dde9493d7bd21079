using System.Runtime.CompilerServices;
using FastAdam.Kernels;

namespace FastAdam;

/// <summary>
/// One tensor of a list that makes a step together: where its four arrays are and how they are stored. <c>default</c> is an
/// empty tensor, which a step leaves alone.
/// </summary>
/// <remarks>
/// It holds addresses, not memory: the arrays must stay where they are, and exist, until the last step that it is used in has
/// returned. That is so for native memory, for managed arrays from <c>GC.AllocateArray&lt;T&gt;(length, pinned: true)</c> that are
/// still referenced, and for others within a <c>fixed</c> statement or while a pinned <c>GCHandle</c> holds them.
/// </remarks>
public readonly unsafe struct AdamTensor
{
    private readonly ElementType _parameters;
    private readonly ElementType _gradients;
    private readonly ElementType _expAvg;
    private readonly ElementType _expAvgSq;

    private AdamTensor(ElementType parameters, ElementType gradients, ElementType expAvg, ElementType expAvgSq, in Streams streams)
    {
        (_parameters, _gradients, _expAvg, _expAvgSq) = (parameters, gradients, expAvg, expAvgSq);
        Streams = streams;
    }

    /// <summary>Elements in each of the four arrays.</summary>
    public nuint Length => Streams.Length;

    internal Streams Streams { get; }

    /// <summary>Names the arrays of a tensor. They are checked when a step is made, not here.</summary>
    /// <typeparam name="TParameter">Storage of the parameters: <see cref="float"/>, <see cref="Half"/> or
    /// <see cref="BFloat16"/>; so for the other three.</typeparam>
    /// <typeparam name="TGradient">Storage of the gradients.</typeparam>
    /// <typeparam name="TExpAvg">Storage of the first moment.</typeparam>
    /// <typeparam name="TExpAvgSq">Storage of the second moment.</typeparam>
    /// <param name="parameters">p, shape [<paramref name="length"/>]; updated by a step.</param>
    /// <param name="gradients">g, shape [<paramref name="length"/>]; only read.</param>
    /// <param name="expAvg">m, the first moment, shape [<paramref name="length"/>]; updated.</param>
    /// <param name="expAvgSq">v, the second moment, shape [<paramref name="length"/>]; updated.</param>
    /// <param name="length">Elements in each of the four arrays.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="NotSupportedException">A type argument is none of the three storage types.</exception>
    public static AdamTensor Create<TParameter, TGradient, TExpAvg, TExpAvgSq>(
        TParameter* parameters, TGradient* gradients, TExpAvg* expAvg, TExpAvgSq* expAvgSq, nuint length)
        where TParameter : unmanaged
        where TGradient : unmanaged
        where TExpAvg : unmanaged
        where TExpAvgSq : unmanaged => new(
            ElementTypes.Of<TParameter>(),
            ElementTypes.Of<TGradient>(),
            ElementTypes.Of<TExpAvg>(),
            ElementTypes.Of<TExpAvgSq>(),
            new Streams(parameters, gradients, expAvg, expAvgSq, length));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal KernelKey Key(InstructionSet instructionSet) => new(instructionSet, _parameters, _gradients, _expAvg, _expAvgSq);
}

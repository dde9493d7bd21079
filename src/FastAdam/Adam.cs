using System.Runtime.CompilerServices;
using FastAdam.Kernels;
using FastAdam.Rules;

namespace FastAdam;

/// <summary>
/// Fused Adam and AdamW: one pass over the arrays reads parameters, gradients and both moments, and writes parameters and
/// moments. For every element, with t the step, all in single precision:
/// <code>
/// AdamW:  p = p * (1 - lr * weight_decay)
/// L2:     g = g + weight_decay * p
/// m = beta1 * m + (1 - beta1) * g
/// v = beta2 * v + (1 - beta2) * g^2
/// p = p - lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + eps)
/// </code>
/// The exact order of operations and roundings is that of PyTorch's fused CPU kernel and the same for every element on every
/// CPU: results are bit-identical whatever the instruction set, the alignment or the way a tensor is cut into calls.
/// Sources: D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", 2015; I. Loshchilov, F. Hutter, "Decoupled
/// weight decay regularization", 2019; PyTorch's torch.optim.Adam and AdamW with fused=True.
/// </summary>
/// <remarks>
/// Each array has its own storage type: <see cref="float"/>, <see cref="Half"/> or <see cref="BFloat16"/>, in all 81
/// combinations. 16-bit values are widened to single precision when read and rounded to nearest even when written; the
/// parameters are updated with the unrounded moments.
///
/// A large step is shared with threads of the .NET thread pool (<see cref="AdamOptions.Threads"/> limits how many), of which those
/// help that are free: the caller works too, and waits only for work that another thread has begun. So a step never waits for a
/// busy pool, and may be made on the pool's own threads. Steps over different arrays may be made on different threads at once. A
/// step allocates nothing, but for the first ones of a thread.
/// </remarks>
public static class Adam
{
    /// <summary>Makes one step of Adam or AdamW over arrays in memory that .NET knows.</summary>
    /// <typeparam name="TParameter">Storage of the parameters: <see cref="float"/>, <see cref="Half"/> or
    /// <see cref="BFloat16"/>; so for the other three.</typeparam>
    /// <typeparam name="TGradient">Storage of the gradients.</typeparam>
    /// <typeparam name="TExpAvg">Storage of the first moment.</typeparam>
    /// <typeparam name="TExpAvgSq">Storage of the second moment.</typeparam>
    /// <param name="parameters">p, shape [n]; updated.</param>
    /// <param name="gradients">g, shape [n]; only read.</param>
    /// <param name="expAvg">m, the first moment (PyTorch's exp_avg), shape [n], zero before the first step; updated.</param>
    /// <param name="expAvgSq">v, the second moment (PyTorch's exp_avg_sq), shape [n], zero before the first step; updated.</param>
    /// <param name="step">t, the number of this step: 1 for the first.</param>
    /// <param name="options">The hyperparameters.</param>
    /// <exception cref="ArgumentException">The lengths differ, or two of the arrays overlap.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="step"/> is below 1, or a hyperparameter is out of its
    /// range.</exception>
    /// <exception cref="NotSupportedException">A type argument is none of the three storage types.</exception>
    /// <exception cref="InvalidOperationException">FASTADAM_ISA holds no known name.</exception>
    /// <exception cref="PlatformNotSupportedException">FASTADAM_ISA names an instruction set that this CPU lacks.</exception>
    /// <remarks>Nothing has been written when an exception is thrown. Empty arrays are valid and left alone.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static unsafe void Step<TParameter, TGradient, TExpAvg, TExpAvgSq>(
        Span<TParameter> parameters,
        ReadOnlySpan<TGradient> gradients,
        Span<TExpAvg> expAvg,
        Span<TExpAvgSq> expAvgSq,
        long step,
        in AdamOptions options)
        where TParameter : unmanaged
        where TGradient : unmanaged
        where TExpAvg : unmanaged
        where TExpAvgSq : unmanaged
    {
        StepValidation.Lengths(parameters.Length, gradients.Length, expAvg.Length, expAvgSq.Length);
        fixed (TParameter* p = parameters)
        fixed (TGradient* g = gradients)
        fixed (TExpAvg* m = expAvg)
        fixed (TExpAvgSq* v = expAvgSq)
        {
            Step(InstructionSets.Current, p, g, m, v, (nuint)parameters.Length, step, options);
        }
    }

    /// <summary>
    /// Makes one step of Adam or AdamW over arrays in any memory, of any length and without any alignment: as the overload over
    /// spans, which gives the formula.
    /// </summary>
    /// <typeparam name="TParameter">Storage of the parameters: <see cref="float"/>, <see cref="Half"/> or
    /// <see cref="BFloat16"/>; so for the other three.</typeparam>
    /// <typeparam name="TGradient">Storage of the gradients.</typeparam>
    /// <typeparam name="TExpAvg">Storage of the first moment.</typeparam>
    /// <typeparam name="TExpAvgSq">Storage of the second moment.</typeparam>
    /// <param name="parameters">p, shape [<paramref name="length"/>]; updated.</param>
    /// <param name="gradients">g, shape [<paramref name="length"/>]; only read.</param>
    /// <param name="expAvg">m, the first moment, shape [<paramref name="length"/>]; updated.</param>
    /// <param name="expAvgSq">v, the second moment, shape [<paramref name="length"/>]; updated.</param>
    /// <param name="length">Elements in each of the four arrays.</param>
    /// <param name="step">t, the number of this step: 1 for the first.</param>
    /// <param name="options">The hyperparameters.</param>
    /// <exception cref="ArgumentNullException">A pointer is null and <paramref name="length"/> is not 0.</exception>
    /// <exception cref="ArgumentException">Two of the arrays overlap.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="step"/> is below 1, a hyperparameter is out of its range,
    /// or an array of that length would end beyond the address space.</exception>
    /// <exception cref="NotSupportedException">A type argument is none of the three storage types.</exception>
    /// <exception cref="InvalidOperationException">FASTADAM_ISA holds no known name.</exception>
    /// <exception cref="PlatformNotSupportedException">FASTADAM_ISA names an instruction set that this CPU lacks.</exception>
    /// <remarks>Nothing has been written when an exception is thrown. Empty arrays are valid and left alone.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static unsafe void Step<TParameter, TGradient, TExpAvg, TExpAvgSq>(
        TParameter* parameters,
        TGradient* gradients,
        TExpAvg* expAvg,
        TExpAvgSq* expAvgSq,
        nuint length,
        long step,
        in AdamOptions options)
        where TParameter : unmanaged
        where TGradient : unmanaged
        where TExpAvg : unmanaged
        where TExpAvgSq : unmanaged =>
        Step(InstructionSets.Current, parameters, gradients, expAvg, expAvgSq, length, step, options);

    /// <summary>
    /// Makes one step of Adam or AdamW over a list of tensors as one piece of work: as the overload over spans for each, which
    /// gives the formula, but with everything checked before the first write and the threads shared among all.
    /// </summary>
    /// <param name="tensors">The tensors, of any lengths and storage types. Their memory must not move during the step:
    /// <see cref="OptimizerTensor"/> tells how. Tensors may share gradients; everything else must be apart.</param>
    /// <param name="step">t, the number of this step: 1 for the first.</param>
    /// <param name="options">The hyperparameters.</param>
    /// <exception cref="ArgumentNullException">A pointer is null in a tensor that is not empty.</exception>
    /// <exception cref="ArgumentException">An array that is written overlaps another one of the same or another tensor.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="step"/> is below 1, a hyperparameter is out of its range,
    /// or an array would end beyond the address space.</exception>
    /// <exception cref="InvalidOperationException">FASTADAM_ISA holds no known name.</exception>
    /// <exception cref="PlatformNotSupportedException">FASTADAM_ISA names an instruction set that this CPU lacks.</exception>
    /// <remarks>
    /// Nothing has been written when an exception is thrown, whose message begins with the tensor's index. An empty list is
    /// valid. Whoever steps over the same list again pays least: a thread remembers the last one, up to some thousand tensors,
    /// and checks again what has changed.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Step(ReadOnlySpan<OptimizerTensor> tensors, long step, in AdamOptions options)
    {
        InstructionSet instructionSet = InstructionSets.Current;
        StepConstants constants = AdamStepConstants.Of(step, options);
        using TensorList list = TensorList.Take(tensors.Length);
        list.Constants(1)[0] = constants;
        for (int i = 0; i < tensors.Length; i++)
        {
            ref readonly OptimizerTensor tensor = ref tensors[i];
            StepValidation.IsPlain(tensor, i);
            list.Set(i, tensor.Work(instructionSet, RuleKind.Adam, constants: 0));
        }

        StepValidation.Tensors(list);
        list.Run(Parallelism.Of(options.Threads));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static unsafe void Step<TParameter, TGradient, TExpAvg, TExpAvgSq>(
        InstructionSet instructionSet,
        TParameter* parameters,
        TGradient* gradients,
        TExpAvg* expAvg,
        TExpAvgSq* expAvgSq,
        nuint length,
        long step,
        in AdamOptions options)
        where TParameter : unmanaged
        where TGradient : unmanaged
        where TExpAvg : unmanaged
        where TExpAvgSq : unmanaged
    {
        var key = new KernelKey(
            instructionSet,
            RuleKind.Adam,
            ElementTypes.Of<TParameter>(),
            ElementTypes.Of<TGradient>(),
            ElementTypes.Of<TExpAvg>(),
            ElementTypes.Of<TExpAvgSq>());
        var streams = new Streams(parameters, gradients, expAvg, expAvgSq, length);
        ref readonly StepConstants constants = ref AdamStepConstants.Of(step, options);
        StepValidation.Arrays(key, streams);
        if (length != 0)
        {
            ParallelRun.Run(key, streams, constants, options.Threads);
        }
    }
}

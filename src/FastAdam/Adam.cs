using System.Runtime.CompilerServices;
using FastAdam.Checks;
using FastAdam.Kernels;
using FastAdam.Steps;

namespace FastAdam;

/// <summary>
/// Fused Adam and AdamW over one tensor: one pass over the arrays reads parameters, gradients and both moments, and writes parameters
/// and moments. For every element, with t the step, all in single precision:
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
/// <see cref="Optimizer"/> steps over lists of tensors, and for all other rules.
///
/// Each array has its own storage type: <see cref="float"/>, <see cref="Half"/> or <see cref="BFloat16"/>, in all 81
/// combinations. 16-bit values are widened to single precision when read and rounded to nearest even when written; the
/// parameters are updated with the unrounded moments.
///
/// A large step is shared with threads of the .NET thread pool, of which those help that are free: the caller works too, and waits only
/// for work that another thread has begun. So a step never waits for a busy pool, and may be made on the pool's own threads. Steps over
/// different arrays may be made on different threads at once. A step allocates nothing, but for the first ones of a thread.
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
    /// <param name="group">The hyperparameters: <see cref="ParameterGroup.Adam"/> or <see cref="ParameterGroup.AdamW"/>, or one that was
    /// made of them, without AMSGrad.</param>
    /// <param name="threads">How many threads may work on the step: 0 for as many as this process may use, which is
    /// <see cref="Environment.ProcessorCount"/>; 1 for the calling thread alone; k for at most k, and never more than with 0. Small steps
    /// use fewer, down to one. Results do not depend on it.</param>
    /// <exception cref="ArgumentException">The lengths differ, or two of the arrays overlap.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="step"/> is below 1, <paramref name="threads"/> is negative,
    /// <paramref name="group"/> is not Adam's, or a hyperparameter is out of its range.</exception>
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
        in ParameterGroup group,
        int threads = 0)
        where TParameter : unmanaged
        where TGradient : unmanaged
        where TExpAvg : unmanaged
        where TExpAvgSq : unmanaged
    {
        AdamArraysCheck.Lengths(parameters.Length, gradients.Length, expAvg.Length, expAvgSq.Length);
        fixed (TParameter* p = parameters)
        fixed (TGradient* g = gradients)
        fixed (TExpAvg* m = expAvg)
        fixed (TExpAvgSq* v = expAvgSq)
        {
            Step(InstructionSets.Current, p, g, m, v, (nuint)parameters.Length, step, group, threads);
        }
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
        in ParameterGroup group,
        int threads)
        where TParameter : unmanaged
        where TGradient : unmanaged
        where TExpAvg : unmanaged
        where TExpAvgSq : unmanaged
    {
        var types = new StorageTypes(
            ElementTypes.Of<TParameter>(), ElementTypes.Of<TGradient>(), ElementTypes.Of<TExpAvg>(), ElementTypes.Of<TExpAvgSq>());
        var arrays = new UpdateArrays
        {
            Parameters = (byte*)parameters,
            Gradients = (byte*)gradients,
            FirstState = (byte*)expAvg,
            SecondState = (byte*)expAvgSq,
            Length = length,
        };
        AdamStep.Run(instructionSet, types, arrays, AdamConstants.OfThread.At(group.Values, step), threads);
    }
}

using System.Runtime.CompilerServices;
using FastAdam.Steps;

namespace FastAdam;

/// <summary>
/// Steps of every optimizer that <see cref="OptimizerRule"/> lists, which gives their formulas, over lists of tensors, with what a
/// training loop does to the gradients before the update in the same pass: loss scaling, clipping, and the check for infinities.
/// </summary>
/// <remarks>
/// The order, for every element, all in single precision: the parameters shrink by decoupled weight decay; the gradient is divided
/// by <see cref="ParameterGroup.GradientScale"/>, multiplied by the coefficient of clipping by norm, limited by
/// <see cref="ParameterGroup.MaxGradientValue"/>, turned around by <see cref="ParameterGroup.Maximize"/>; coupled weight decay is
/// added; then the rule. Storage and threads are as in <see cref="FastAdam.Adam"/>, whose results these are for
/// <see cref="OptimizerRule.Adam"/>.
/// </remarks>
public static class Optimizer
{
    /// <summary>Makes one step over a list of tensors as one piece of work.</summary>
    /// <param name="tensors">The tensors, of any lengths and storage types. Their memory must not move during the step:
    /// <see cref="OptimizerTensor"/> tells how. Tensors may share gradients; everything else must be apart.</param>
    /// <param name="groups">The parameter groups, which the tensors name by their index.</param>
    /// <param name="step">t, the number of this step, for all tensors that have none of their own: 1 for the first.</param>
    /// <param name="options">What holds for the step as a whole.</param>
    /// <returns>What the step saw and did.</returns>
    /// <exception cref="ArgumentNullException">A pointer is null in a tensor that is not empty.</exception>
    /// <exception cref="ArgumentException">An array or a number that is written overlaps another one of the same or another
    /// tensor.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A step is below 1, a group's index, a hyperparameter or a tensor's number is out of
    /// its range, a hyperparameter is set that the rule does not have, or an array would end beyond the address space.</exception>
    /// <exception cref="OutOfMemoryException">The system gives no memory for the list's work area, some 420 bytes for each
    /// tensor, 640 with formats that need something beside an array.</exception>
    /// <exception cref="InvalidOperationException">FASTADAM_ISA holds no known name.</exception>
    /// <exception cref="PlatformNotSupportedException">FASTADAM_ISA names an instruction set that this CPU lacks.</exception>
    /// <remarks>
    /// Nothing has been written when an exception is thrown, whose message names the tensor or group by its index. An empty
    /// list is valid. Whoever steps over the same list again pays least: the last list of a thread is remembered, up to some thousand
    /// tensors, and what has changed is checked again.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static StepReport Step(
        ReadOnlySpan<OptimizerTensor> tensors, ReadOnlySpan<ParameterGroup> groups, long step, in StepOptions options = default) =>
        Step(InstructionSets.Current, tensors, groups, step, options);

    /// <summary>
    /// Makes of the parameters in training those for evaluation, in the tensors of <see cref="OptimizerRule.ScheduleFree"/>:
    /// <code>
    /// x = y + (1 - 1 / beta1) * (z - y)
    /// </code>
    /// Other rules' tensors stay as they are, and so do the gradients and the second moment, which need not be there.
    /// </summary>
    /// <param name="tensors">The tensors, as for a step. Their third number is 1 afterwards, and a step refuses them until
    /// <see cref="ToTraining"/>; one that is 1 before says that there is nothing to do.</param>
    /// <param name="groups">The parameter groups.</param>
    /// <param name="threads">How many threads it may use, as in <see cref="StepOptions.Threads"/>.</param>
    /// <exception cref="ArgumentNullException">A pointer is null in a tensor that is not empty.</exception>
    /// <exception cref="ArgumentException">Parameters, z or numbers overlap others.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threads"/> is below 0, a group's index, a hyperparameter or a
    /// tensor's number is out of its range, or an array would end beyond the address space.</exception>
    /// <exception cref="OutOfMemoryException">The system gives no memory for the list's work area.</exception>
    /// <exception cref="InvalidOperationException">FASTADAM_ISA holds no known name.</exception>
    /// <exception cref="PlatformNotSupportedException">FASTADAM_ISA names an instruction set that this CPU lacks.</exception>
    /// <remarks>
    /// Nothing has been written when an exception is thrown. The way there and back, with the same beta1, is not exact: src/NUMERICS.md
    /// bounds its error, which 16-bit parameters add theirs to, and the errors of many ways add up. A run that must be repeated exactly
    /// evaluates a copy.
    /// </remarks>
    public static void ToEvaluation(ReadOnlySpan<OptimizerTensor> tensors, ReadOnlySpan<ParameterGroup> groups, int threads = 0) =>
        Swap(InstructionSets.Current, tensors, groups, toEvaluation: true, threads);

    /// <summary>
    /// Takes back what <see cref="ToEvaluation"/> did:
    /// <code>
    /// y = x + (1 - beta1) * (z - x)
    /// </code>
    /// </summary>
    /// <param name="tensors">The tensors, as for a step. Their third number is 0 afterwards; one that is 0 before says that there is
    /// nothing to do.</param>
    /// <param name="groups">The parameter groups.</param>
    /// <param name="threads">How many threads it may use, as in <see cref="StepOptions.Threads"/>.</param>
    /// <exception cref="ArgumentNullException">As <see cref="ToEvaluation"/>.</exception>
    /// <exception cref="ArgumentException">As <see cref="ToEvaluation"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">As <see cref="ToEvaluation"/>.</exception>
    /// <exception cref="OutOfMemoryException">As <see cref="ToEvaluation"/>.</exception>
    /// <exception cref="InvalidOperationException">As <see cref="ToEvaluation"/>.</exception>
    /// <exception cref="PlatformNotSupportedException">As <see cref="ToEvaluation"/>.</exception>
    public static void ToTraining(ReadOnlySpan<OptimizerTensor> tensors, ReadOnlySpan<ParameterGroup> groups, int threads = 0) =>
        Swap(InstructionSets.Current, tensors, groups, toEvaluation: false, threads);

    internal static void Swap(
        InstructionSet instructionSet,
        ReadOnlySpan<OptimizerTensor> tensors,
        ReadOnlySpan<ParameterGroup> groups,
        bool toEvaluation,
        int threads) =>
        EvaluationSwap.Run(instructionSet, new ManagedTensors(tensors), new ManagedGroups(groups), toEvaluation, threads);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static StepReport Step(
        InstructionSet instructionSet,
        ReadOnlySpan<OptimizerTensor> tensors,
        ReadOnlySpan<ParameterGroup> groups,
        long step,
        in StepOptions options) =>
        DenseStep.Run(instructionSet, new ManagedTensors(tensors), new ManagedGroups(groups), step, options);
}

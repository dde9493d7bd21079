using System.Runtime.CompilerServices;
using FastAdam.Kernels;
using FastAdam.Rules;

namespace FastAdam;

/// <summary>
/// Steps of every optimizer that <see cref="OptimizerRule"/> lists, which gives their formulas, over lists of tensors, with what a
/// training loop does to the gradients before the update in the same pass: loss scaling, clipping, and the check for infinities.
/// </summary>
/// <remarks>
/// The order, for every element, all in single precision: the parameters shrink by decoupled weight decay; the gradient is divided
/// by <see cref="OptimizerOptions.GradientScale"/>, multiplied by the coefficient of clipping by norm, limited by
/// <see cref="OptimizerOptions.MaxGradientValue"/>, turned around by <see cref="OptimizerOptions.Maximize"/>; coupled weight decay is
/// added; then the rule. Storage, threads and memory are as in <see cref="FastAdam.Adam"/>, whose results these are for
/// <see cref="OptimizerRule.Adam"/>.
/// </remarks>
public static class Optimizer
{
    /// <summary>Makes one step over a list of tensors as one piece of work.</summary>
    /// <param name="tensors">The tensors, of any lengths and storage types. Their memory must not move during the step:
    /// <see cref="OptimizerTensor"/> tells how. Tensors may share gradients; everything else must be apart.</param>
    /// <param name="groups">The hyperparameters of the parameter groups, which the tensors name by their index.</param>
    /// <param name="step">t, the number of this step, for all tensors that have none of their own: 1 for the first.</param>
    /// <param name="options">What holds for the step as a whole.</param>
    /// <returns>What the step saw and did.</returns>
    /// <exception cref="ArgumentNullException">A pointer is null in a tensor that is not empty.</exception>
    /// <exception cref="ArgumentException">An array that is written overlaps another one of the same or another tensor, or tensors that
    /// share a <see cref="OptimizerTensor.MomentumProduct"/> make different numbers of it.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A step is below 1, a group's index or a hyperparameter is out of its range, a
    /// hyperparameter is set that the rule does not have, or an array would end beyond the address space.</exception>
    /// <exception cref="InvalidOperationException">FASTADAM_ISA holds no known name.</exception>
    /// <exception cref="PlatformNotSupportedException">FASTADAM_ISA names an instruction set that this CPU lacks.</exception>
    /// <remarks>Nothing has been written when an exception is thrown, whose message names the tensor or group by its index. An empty
    /// list is valid.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static StepReport Step(
        ReadOnlySpan<OptimizerTensor> tensors, ReadOnlySpan<OptimizerOptions> groups, long step, in StepOptions options) =>
        Step(InstructionSets.Current, tensors, groups, step, options, isList: true);

    /// <summary>Makes one step over arrays in memory that .NET knows, as one tensor of one group.</summary>
    /// <typeparam name="TParameter">Storage of the parameters: <see cref="float"/>, <see cref="Half"/> or
    /// <see cref="BFloat16"/>; so for the other three.</typeparam>
    /// <typeparam name="TGradient">Storage of the gradients.</typeparam>
    /// <typeparam name="TExpAvg">Storage of the first state array.</typeparam>
    /// <typeparam name="TExpAvgSq">Storage of the second state array, and of the third.</typeparam>
    /// <param name="parameters">p, shape [n]; updated.</param>
    /// <param name="gradients">g, shape [n]; only read.</param>
    /// <param name="expAvg">The first state array, shape [n]; updated. Empty where the rule has none.</param>
    /// <param name="expAvgSq">The second state array, shape [n]; updated. Empty where the rule has none.</param>
    /// <param name="maxExpAvgSq">The third state array, shape [n]; updated. Empty where the rule has none.</param>
    /// <param name="step">t, the number of this step: 1 for the first.</param>
    /// <param name="group">The hyperparameters.</param>
    /// <param name="options">What holds for the step as a whole.</param>
    /// <param name="momentumProduct">For <see cref="OptimizerRule.NAdam"/>, one number, aligned to 8 bytes:
    /// <see cref="OptimizerTensor.MomentumProduct"/>; updated. Else empty.</param>
    /// <returns>What the step saw and did.</returns>
    /// <exception cref="ArgumentException">The lengths differ, two of the arrays overlap, or for <see cref="OptimizerRule.NAdam"/>
    /// <paramref name="momentumProduct"/> is not one number, or overlaps an array.</exception>
    /// <exception cref="ArgumentOutOfRangeException">As in the overload over lists; or <paramref name="momentumProduct"/> is not from 0
    /// to 1, or not aligned.</exception>
    /// <exception cref="NotSupportedException">A type argument is none of the three storage types.</exception>
    /// <exception cref="InvalidOperationException">FASTADAM_ISA holds no known name.</exception>
    /// <exception cref="PlatformNotSupportedException">FASTADAM_ISA names an instruction set that this CPU lacks.</exception>
    /// <remarks>Nothing has been written when an exception is thrown.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static unsafe StepReport Step<TParameter, TGradient, TExpAvg, TExpAvgSq>(
        Span<TParameter> parameters,
        ReadOnlySpan<TGradient> gradients,
        Span<TExpAvg> expAvg,
        Span<TExpAvgSq> expAvgSq,
        Span<TExpAvgSq> maxExpAvgSq,
        long step,
        in OptimizerOptions group,
        in StepOptions options,
        Span<double> momentumProduct)
        where TParameter : unmanaged
        where TGradient : unmanaged
        where TExpAvg : unmanaged
        where TExpAvgSq : unmanaged
    {
        InstructionSet instructionSet = InstructionSets.Current;
        RuleKind rule = HyperparameterSource.Of(group, nameof(group)).Rule;
        StateArrays state = KernelRegistry.StateOf(rule);
        StepValidation.Length(gradients.Length, parameters.Length, nameof(gradients));
        StepValidation.StateLength(state, StateArrays.First, expAvg.Length, parameters.Length, nameof(expAvg));
        StepValidation.StateLength(state, StateArrays.Second, expAvgSq.Length, parameters.Length, nameof(expAvgSq));
        StepValidation.StateLength(state, StateArrays.Third, maxExpAvgSq.Length, parameters.Length, nameof(maxExpAvgSq));
        fixed (TParameter* p = parameters)
        fixed (TGradient* g = gradients)
        fixed (TExpAvg* m = expAvg)
        fixed (TExpAvgSq* v = expAvgSq)
        fixed (TExpAvgSq* x = maxExpAvgSq)
        fixed (double* product = momentumProduct)
        {
            if (rule == RuleKind.NAdam)
            {
                StepValidation.MomentumProduct(product, momentumProduct.Length);
            }

            OptimizerTensor tensor = OptimizerTensor.Create(p, g, m, v, x, (nuint)parameters.Length) with { MomentumProduct = product };
            StepValidation.Arrays(tensor.Work(instructionSet, rule, constants: 0));
            return Step(instructionSet, [tensor], [group], step, options, isList: false);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static StepReport Step(
        InstructionSet instructionSet,
        ReadOnlySpan<OptimizerTensor> tensors,
        ReadOnlySpan<OptimizerOptions> groups,
        long step,
        in StepOptions options,
        bool isList = true)
    {
        StepValidation.Step(step);
        StepValidation.Options(options);
        using GroupConstants constants = GroupConstants.Take(groups, isList);
        using TensorList list = TensorList.Take(tensors.Length);
        Fill(list, instructionSet, tensors, constants, step);
        StepValidation.Tensors(list);
        constants.CheckMomentumProducts(list.Tensors);
        StepReport report = OptimizerPasses.Run(list, constants.CopyTo(list), options);
        if (!report.IsSkipped)
        {
            constants.KeepMomentumProducts(tensors, list);
        }

        return report;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Fill(
        TensorList list,
        InstructionSet instructionSet,
        ReadOnlySpan<OptimizerTensor> tensors,
        GroupConstants constants,
        long step)
    {
        for (int i = 0; i < tensors.Length; i++)
        {
            (int index, RuleKind rule) = constants.Of(tensors[i], i, step);
            list.Set(i, tensors[i].Work(instructionSet, rule, index));
        }
    }
}

using System.Runtime.CompilerServices;
using FastAdam.Steps;

namespace FastAdam;

/// <summary>
/// Adam over some rows of tables, such as the rows of an embedding that a batch has used: the others, and their moments, are not
/// touched. For every element of a row with gradient g, with t the step, all in single precision:
/// <code>
/// m = beta1 * m + (1 - beta1) * g
/// v = beta2 * v + (1 - beta2) * g^2
/// p = p - lr * sqrt(1 - beta2^t) / (1 - beta1^t) * m / (sqrt(v) + eps)
/// </code>
/// which is torch.optim.SparseAdam: eps is not scaled with the bias correction, as it is in <see cref="Adam"/>. Where an index
/// occurs more than once, its gradients are added first, in the order in which they stand, in single precision.
/// </summary>
public static class SparseAdam
{
    /// <summary>Makes one step over a list of tables as one piece of work.</summary>
    /// <param name="tables">The tables, of any shapes and storage types. Their memory must not move during the step. Tables may share
    /// gradients and indices; everything else must be apart.</param>
    /// <param name="groups">The parameter groups, which the tables name by their index: those of <see cref="OptimizerRule.Adam"/>, without
    /// AMSGrad and weight decay.</param>
    /// <param name="step">t, the number of this step, for all tables that have none of their own: 1 for the first.</param>
    /// <param name="options">What holds for the step as a whole.</param>
    /// <returns>What the step saw and did, of the rows that have gradients alone. Gradients of a row that occurs more than once in a
    /// table are looked at, clipped and counted as their sum.</returns>
    /// <exception cref="ArgumentNullException">A pointer is null to an array that is not empty.</exception>
    /// <exception cref="ArgumentException">An array that is written overlaps another one of the same or another table.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An index is that of no row, a step is below 1, a group's index or a hyperparameter
    /// is out of its range, a table has more than 2^31 - 1 indices, or an array would end beyond the address space.</exception>
    /// <exception cref="OutOfMemoryException">The system gives no memory for the work area: 12 bytes for each index, some 150 for each row
    /// that occurs, and the sums of repeated rows' gradients as floats.</exception>
    /// <exception cref="InvalidOperationException">FASTADAM_ISA holds no known name.</exception>
    /// <exception cref="PlatformNotSupportedException">FASTADAM_ISA names an instruction set that this CPU lacks.</exception>
    /// <remarks>Nothing has been written when an exception is thrown, whose message names the table or group by its index. An empty
    /// list is valid.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static StepReport Step(
        ReadOnlySpan<SparseTable> tables, ReadOnlySpan<ParameterGroup> groups, long step, in StepOptions options = default) =>
        Step(InstructionSets.Current, tables, groups, step, options);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static StepReport Step(
        InstructionSet instructionSet,
        ReadOnlySpan<SparseTable> tables,
        ReadOnlySpan<ParameterGroup> groups,
        long step,
        in StepOptions options) =>
        SparseStep.Run(instructionSet, new ManagedTables(tables), new ManagedGroups(groups), step, options);
}

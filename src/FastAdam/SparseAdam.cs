using System.Runtime.CompilerServices;
using FastAdam.Kernels;
using FastAdam.Rules;

namespace FastAdam;

/// <summary>
/// Adam over some rows of a table, such as the rows of an embedding that a batch has used: the others, and their moments, are not
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
    /// <summary>Makes one step over rows of arrays in memory that .NET knows.</summary>
    /// <typeparam name="TParameter">Storage of the parameters: <see cref="float"/>, <see cref="Half"/> or
    /// <see cref="BFloat16"/>; so for the other three.</typeparam>
    /// <typeparam name="TGradient">Storage of the gradients.</typeparam>
    /// <typeparam name="TExpAvg">Storage of the first moment.</typeparam>
    /// <typeparam name="TExpAvgSq">Storage of the second moment.</typeparam>
    /// <param name="parameters">p, shape [rows, <paramref name="rowLength"/>], row after row; updated.</param>
    /// <param name="expAvg">m, the first moment, shape [rows, <paramref name="rowLength"/>]; updated.</param>
    /// <param name="expAvgSq">v, the second moment, shape [rows, <paramref name="rowLength"/>]; updated.</param>
    /// <param name="rowLength">Elements in a row, at least 1.</param>
    /// <param name="indices">The rows to update, shape [k]: from 0 to below the number of rows, in any order.</param>
    /// <param name="gradients">g, shape [k, <paramref name="rowLength"/>]: a row for each index; only read.</param>
    /// <param name="step">t, the number of this step: 1 for the first.</param>
    /// <param name="options">The hyperparameters, without weight decay.</param>
    /// <exception cref="ArgumentException">A length is no multiple of the row's or does not fit the others, or an array that is
    /// written overlaps another one.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An index is that of no row, <paramref name="rowLength"/> or
    /// <paramref name="step"/> is below 1, or a hyperparameter is out of its range.</exception>
    /// <exception cref="NotSupportedException">A type argument is none of the three storage types.</exception>
    /// <exception cref="InvalidOperationException">FASTADAM_ISA holds no known name.</exception>
    /// <exception cref="PlatformNotSupportedException">FASTADAM_ISA names an instruction set that this CPU lacks.</exception>
    /// <remarks>Nothing has been written when an exception is thrown.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static unsafe void Step<TParameter, TGradient, TExpAvg, TExpAvgSq>(
        Span<TParameter> parameters,
        Span<TExpAvg> expAvg,
        Span<TExpAvgSq> expAvgSq,
        int rowLength,
        ReadOnlySpan<long> indices,
        ReadOnlySpan<TGradient> gradients,
        long step,
        in AdamOptions options)
        where TParameter : unmanaged
        where TGradient : unmanaged
        where TExpAvg : unmanaged
        where TExpAvgSq : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rowLength, 1);
        if (parameters.Length % rowLength != 0)
        {
            throw new ArgumentException(
                $"parameters has {parameters.Length} elements, which is no whole number of rows of {rowLength}.", nameof(parameters));
        }

        StepValidation.Length(expAvg.Length, parameters.Length, nameof(expAvg));
        StepValidation.Length(expAvgSq.Length, parameters.Length, nameof(expAvgSq));
        if (gradients.Length != (long)indices.Length * rowLength)
        {
            throw new ArgumentException(
                $"gradients has {gradients.Length} elements, but {indices.Length} indices take {(long)indices.Length * rowLength}.",
                nameof(gradients));
        }

        fixed (TParameter* p = parameters)
        fixed (TGradient* g = gradients)
        fixed (TExpAvg* m = expAvg)
        fixed (TExpAvgSq* v = expAvgSq)
        fixed (long* index = indices)
        {
            Step(p, m, v, (nuint)(parameters.Length / rowLength), (nuint)rowLength, index, g, (nuint)indices.Length, step, options);
        }
    }

    /// <summary>Makes one step over rows of arrays in any memory, of any length and without any alignment: as the overload over
    /// spans, which gives the formula.</summary>
    /// <typeparam name="TParameter">Storage of the parameters: <see cref="float"/>, <see cref="Half"/> or
    /// <see cref="BFloat16"/>; so for the other three.</typeparam>
    /// <typeparam name="TGradient">Storage of the gradients.</typeparam>
    /// <typeparam name="TExpAvg">Storage of the first moment.</typeparam>
    /// <typeparam name="TExpAvgSq">Storage of the second moment.</typeparam>
    /// <param name="parameters">p, shape [<paramref name="rows"/>, <paramref name="rowLength"/>], row after row; updated.</param>
    /// <param name="expAvg">m, the first moment, of the same shape; updated.</param>
    /// <param name="expAvgSq">v, the second moment, of the same shape; updated.</param>
    /// <param name="rows">Rows of the table.</param>
    /// <param name="rowLength">Elements in a row.</param>
    /// <param name="indices">The rows to update, shape [<paramref name="count"/>].</param>
    /// <param name="gradients">g, shape [<paramref name="count"/>, <paramref name="rowLength"/>]; only read.</param>
    /// <param name="count">How many indices there are, at most 2^31 - 1.</param>
    /// <param name="step">t, the number of this step: 1 for the first.</param>
    /// <param name="options">The hyperparameters, without weight decay.</param>
    /// <exception cref="ArgumentNullException">A pointer is null to an array that is not empty.</exception>
    /// <exception cref="ArgumentException">An array that is written overlaps another one.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An index is that of no row, <paramref name="step"/> is below 1,
    /// <paramref name="count"/> is too large, a hyperparameter is out of its range, or an array would end beyond the address
    /// space.</exception>
    /// <exception cref="NotSupportedException">A type argument is none of the three storage types.</exception>
    /// <exception cref="InvalidOperationException">FASTADAM_ISA holds no known name.</exception>
    /// <exception cref="PlatformNotSupportedException">FASTADAM_ISA names an instruction set that this CPU lacks.</exception>
    /// <remarks>Nothing has been written when an exception is thrown.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static unsafe void Step<TParameter, TGradient, TExpAvg, TExpAvgSq>(
        TParameter* parameters,
        TExpAvg* expAvg,
        TExpAvgSq* expAvgSq,
        nuint rows,
        nuint rowLength,
        long* indices,
        TGradient* gradients,
        nuint count,
        long step,
        in AdamOptions options)
        where TParameter : unmanaged
        where TGradient : unmanaged
        where TExpAvg : unmanaged
        where TExpAvgSq : unmanaged
    {
        var key = new KernelKey(
            InstructionSets.Current,
            RuleKind.Adam,
            ElementTypes.Of<TParameter>(),
            ElementTypes.Of<TGradient>(),
            ElementTypes.Of<TExpAvg>(),
            ElementTypes.Of<TExpAvgSq>());
        Step(new SparseRows(key, parameters, gradients, expAvg, expAvgSq, rows, rowLength, indices, count), step, options);
    }

    /// <summary>Makes one step over a list of tables as one piece of work: as the other overloads, one of which gives the
    /// formula, for every table.</summary>
    /// <param name="tables">The tables, of any shapes and storage types. Their memory must not move during the step. Tables may share
    /// gradients and indices; everything else must be apart.</param>
    /// <param name="groups">The hyperparameters of the parameter groups, which the tables name by their index: those of
    /// <see cref="OptimizerRule.Adam"/>, without AMSGrad and weight decay.</param>
    /// <param name="step">t, the number of this step, for all tables that have none of their own: 1 for the first.</param>
    /// <param name="options">What holds for the step as a whole.</param>
    /// <returns>What the step saw and did, of the rows that have gradients alone. Gradients of a row that occurs more than once in a
    /// table are looked at, clipped and counted as their sum.</returns>
    /// <exception cref="ArgumentNullException">A pointer is null to an array that is not empty.</exception>
    /// <exception cref="ArgumentException">An array that is written overlaps another one of the same or another table.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An index is that of no row, a step is below 1, a group's index or a hyperparameter
    /// is out of its range, a table has more than 2^31 - 1 indices, or an array would end beyond the address space.</exception>
    /// <exception cref="OverflowException">All tables together have more than 2^31 - 1 indices.</exception>
    /// <exception cref="InvalidOperationException">FASTADAM_ISA holds no known name.</exception>
    /// <exception cref="PlatformNotSupportedException">FASTADAM_ISA names an instruction set that this CPU lacks.</exception>
    /// <remarks>Nothing has been written when an exception is thrown, whose message names the table or group by its index. An empty
    /// list is valid.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static StepReport Step(
        ReadOnlySpan<SparseTable> tables, ReadOnlySpan<OptimizerOptions> groups, long step, in StepOptions options) =>
        Step(InstructionSets.Current, tables, groups, step, options);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static StepReport Step(
        InstructionSet instructionSet,
        ReadOnlySpan<SparseTable> tables,
        ReadOnlySpan<OptimizerOptions> groups,
        long step,
        in StepOptions options)
    {
        StepValidation.Step(step);
        StepValidation.Options(options);
        using GroupConstants constants = GroupConstants.TakeSparse(groups);
        using SparseWork work = SparseWork.Take(tables.Length);
        for (int i = 0; i < tables.Length; i++)
        {
            work.Tables[i] = tables[i].Rows(instructionSet, constants.Of(tables[i], i, step));
        }

        work.Check(isList: true);
        TensorList rows = work.Rows();
        return OptimizerPasses.Run(rows, constants.CopyTo(rows), options);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Step(in SparseRows table, long step, in AdamOptions options)
    {
        if (options.WeightDecay != 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), options.WeightDecay, "AdamOptions.WeightDecay must be 0: SparseAdam has none.");
        }

        ref readonly StepConstants constants = ref AdamStepConstants.OfSparse(step, options);
        using SparseWork work = SparseWork.Take(1);
        work.Tables[0] = table;
        work.Check(isList: false);
        work.Run(constants, options.Threads);
    }
}

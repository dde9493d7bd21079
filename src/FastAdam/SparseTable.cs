using System.Runtime.CompilerServices;
using FastAdam.Kernels;
using FastAdam.Rules;

namespace FastAdam;

/// <summary>
/// One table of rows, such as an embedding, of a list that makes a sparse step together: where its arrays are and how they are
/// stored, the rows that have gradients, and the parameter group that it belongs to. <c>default</c> is a table without rows, which a
/// step leaves alone.
/// </summary>
/// <remarks>It holds addresses, not memory, as <see cref="OptimizerTensor"/> does, whose remarks hold here, too.</remarks>
public readonly unsafe struct SparseTable
{
    private readonly SparseRows _rows;

    internal SparseTable(in SparseRows rows) => _rows = rows;

    /// <summary>Which of the step's groups it belongs to, from 0. Default 0.</summary>
    public int Group { get; init; }

    /// <summary>The number of this table's step, from 1; 0 (default) for that of the call.</summary>
    public long Step { get; init; }

    /// <summary>Names the arrays of a table. They are checked when a step is made, not here.</summary>
    /// <typeparam name="TParameter">Storage of the parameters: <see cref="float"/>, <see cref="Half"/> or
    /// <see cref="BFloat16"/>; so for the other three.</typeparam>
    /// <typeparam name="TGradient">Storage of the gradients.</typeparam>
    /// <typeparam name="TExpAvg">Storage of the first moment.</typeparam>
    /// <typeparam name="TExpAvgSq">Storage of the second moment.</typeparam>
    /// <param name="parameters">p, shape [<paramref name="rows"/>, <paramref name="rowLength"/>], row after row; updated by a
    /// step.</param>
    /// <param name="expAvg">m, the first moment, of the same shape; updated.</param>
    /// <param name="expAvgSq">v, the second moment, of the same shape; updated.</param>
    /// <param name="rows">Rows of the table.</param>
    /// <param name="rowLength">Elements in a row.</param>
    /// <param name="indices">The rows to update, shape [<paramref name="count"/>]; only read.</param>
    /// <param name="gradients">g, shape [<paramref name="count"/>, <paramref name="rowLength"/>]: a row for each index; only
    /// read.</param>
    /// <param name="count">How many indices there are.</param>
    /// <returns>The table.</returns>
    /// <exception cref="NotSupportedException">A type argument is none of the three storage types.</exception>
    public static SparseTable Create<TParameter, TGradient, TExpAvg, TExpAvgSq>(
        TParameter* parameters,
        TExpAvg* expAvg,
        TExpAvgSq* expAvgSq,
        nuint rows,
        nuint rowLength,
        long* indices,
        TGradient* gradients,
        nuint count)
        where TParameter : unmanaged
        where TGradient : unmanaged
        where TExpAvg : unmanaged
        where TExpAvgSq : unmanaged => new(new SparseRows(
            new KernelKey(
                default,
                RuleKind.Adam,
                ElementTypes.Of<TParameter>(),
                ElementTypes.Of<TGradient>(),
                ElementTypes.Of<TExpAvg>(),
                ElementTypes.Of<TExpAvgSq>()),
            parameters,
            gradients,
            expAvg,
            expAvgSq,
            rows,
            rowLength,
            indices,
            count));

    /// <summary>Its rows, for a step with these constants.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal SparseRows Rows(InstructionSet instructionSet, int constants) =>
        _rows with { Key = _rows.Key with { InstructionSet = instructionSet }, Constants = constants };
}

using System.Runtime.CompilerServices;
using FastAdam.Kernels;
using FastAdam.Passes;
using FastAdam.Rules;

namespace FastAdam;

/// <summary>
/// One table of rows, such as an embedding, of a sparse step: where its arrays are and how they are stored, the rows that have gradients,
/// and the parameter group that it belongs to. <c>default</c> is a table without rows, which a step leaves alone.
/// </summary>
/// <remarks>It holds addresses, not memory, as <see cref="OptimizerTensor"/> does, whose remarks hold here, too.</remarks>
public readonly unsafe struct SparseTable
{
    private readonly UpdateArrays _firstRow;
    private readonly StorageTypes _types;
    private readonly nuint _rows;
    private readonly long* _indices;
    private readonly nuint _count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal SparseTable(in UpdateArrays firstRow, StorageTypes types, nuint rows, long* indices, nuint count)
    {
        (_firstRow, _types) = (firstRow, types);
        _rows = rows;
        _indices = indices;
        _count = count;
    }

    /// <summary>Which of the step's groups it belongs to, from 0. Default 0.</summary>
    public int Group { get; init; }

    /// <summary>The number of this table's step, from 1; 0 (default) for that of the call.</summary>
    public long Step { get; init; }

    /// <summary>Names the arrays of a table. They are checked when a step is made, not here.</summary>
    /// <param name="rows">Rows of the table.</param>
    /// <param name="rowLength">Elements in a row.</param>
    /// <param name="parameters">p, shape [<paramref name="rows"/>, <paramref name="rowLength"/>], row after row; updated by a
    /// step.</param>
    /// <param name="expAvg">m, the first moment, of the same shape; updated.</param>
    /// <param name="expAvgSq">v, the second moment, of the same shape; updated.</param>
    /// <param name="indices">The rows to update, shape [<paramref name="count"/>], in any order; only read.</param>
    /// <param name="gradients">g, shape [<paramref name="count"/>, <paramref name="rowLength"/>]: a row for each index; only
    /// read.</param>
    /// <param name="count">How many indices there are, at most 2^31 - 1.</param>
    /// <returns>The table.</returns>
    public static SparseTable Create(
        nuint rows,
        nuint rowLength,
        TensorArray parameters,
        TensorArray expAvg,
        TensorArray expAvgSq,
        long* indices,
        TensorArray gradients,
        nuint count)
    {
        var firstRow = new UpdateArrays
        {
            Parameters = parameters.Start,
            Gradients = gradients.Start,
            FirstState = expAvg.Start,
            SecondState = expAvgSq.Start,
            Length = rowLength,
        };
        return new SparseTable(
            firstRow, new StorageTypes(parameters.Type, gradients.Type, expAvg.Type, expAvgSq.Type), rows, indices, count);
    }

    /// <summary>Its work in a step with these constants.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal TableWork Work(InstructionSet instructionSet, int constants) => new()
    {
        Key = new KernelKey(instructionSet, RuleKind.Adam, _types),
        Constants = constants,
        FirstRow = _firstRow,
        Rows = _rows,
        Indices = _indices,
        Count = _count,
    };
}

using System.Runtime.CompilerServices;
using FastAdam.Kernels;

namespace FastAdam;

/// <summary>The arrays of a sparse step: tables of rows, and gradients for some of the rows.</summary>
internal readonly unsafe struct SparseRows(
    KernelKey key,
    void* parameters,
    void* gradients,
    void* expAvg,
    void* expAvgSq,
    nuint rows,
    nuint rowLength,
    long* indices,
    nuint count)
{
    /// <summary>The kernel for every row.</summary>
    public KernelKey Key { get; init; } = key;

    /// <summary>Which of the step's constants are its own.</summary>
    public int Constants { get; init; }

    /// <summary>Rows of each table.</summary>
    public nuint Rows { get; } = rows;

    /// <summary>The first row of each table.</summary>
    public Streams Tables { get; } = new(parameters, gradients, expAvg, expAvgSq, rowLength);

    /// <summary>How many indices there are, and rows of gradients.</summary>
    public nuint Count { get; } = count;

    public long* FirstIndex { get; } = indices;

    public ReadOnlySpan<long> Indices => new(FirstIndex, (int)Count);

    /// <summary>The row with that index, and its gradients from that place of theirs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public Streams Row(long index, int place) => new(
        Tables.Parameters + ((nuint)index * Tables.Length * Key.Size(0)),
        Gradients(place),
        Tables.First + ((nuint)index * Tables.Length * Key.Size(2)),
        Tables.Second + ((nuint)index * Tables.Length * Key.Size(3)),
        Tables.Length);

    /// <summary>The row of gradients in that place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Gradients(int place) => Tables.Gradients + ((nuint)place * Tables.Length * Key.Size(1));
}

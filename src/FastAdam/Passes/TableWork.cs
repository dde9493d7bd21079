using System.Runtime.CompilerServices;
using FastAdam.Kernels;

namespace FastAdam.Passes;

/// <summary>One table of a sparse step: its arrays, and gradients for some of its rows.</summary>
internal unsafe struct TableWork
{
    /// <summary>The kernel for every row.</summary>
    public KernelKey Key;

    /// <summary>Which of the step's constants are its own.</summary>
    public int Constants;

    /// <summary>The first row of each array, with the length of a row.</summary>
    public UpdateArrays FirstRow;

    /// <summary>Rows of the table.</summary>
    public nuint Rows;

    /// <summary>The rows to update.</summary>
    public long* Indices;

    /// <summary>How many indices there are, and rows of gradients.</summary>
    public nuint Count;

    /// <summary>The row of the table with that index, and the gradients in that place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly UpdateArrays Row(long index, int place)
    {
        nuint first = (nuint)index * FirstRow.Length;
        UpdateArrays row = FirstRow.Part(Key, first, first + FirstRow.Length);
        row.Gradients = Gradients(place);
        return row;
    }

    /// <summary>The row of gradients in that place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly byte* Gradients(int place) =>
        FirstRow.Gradients + ((nuint)place * FirstRow.Length * Key.Size(ArrayRole.Gradients));
}

using System.Runtime.InteropServices;

namespace FastAdam.Native;

/// <summary>fastadam_sparse.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly unsafe struct NativeSparse
{
    public readonly void* Parameters;
    public readonly void* Gradients;
    public readonly void* ExpAvg;
    public readonly void* ExpAvgSq;
    public readonly long* Indices;
    public readonly nuint Rows;
    public readonly nuint RowLength;
    public readonly nuint Count;
    public readonly NativeTypes Types;

    public SparseRows ToManaged() =>
        new(Types.AdamKey, Parameters, Gradients, ExpAvg, ExpAvgSq, Rows, RowLength, Indices, Count);
}

using System.Runtime.InteropServices;

namespace FastAdam.Native;

/// <summary>fastadam_group_sparse.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct NativeGroupSparse
{
    public readonly NativeSparse Table;
    public readonly long Step;
    public readonly int Group;
    public readonly uint Reserved;

    public Status Check() =>
        !Table.Types.AreKnown ? Status.DType : Reserved != 0 ? Status.Flags : Step < 0 ? Status.Step : Status.Ok;

    public SparseTable ToManaged() => new(Table.ToManaged()) { Group = Group, Step = Step };
}

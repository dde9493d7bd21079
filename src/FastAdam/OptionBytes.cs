using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FastAdam;

/// <summary>Compares options where they are: a record's own comparison is of copies, and of one property after another.</summary>
internal static class OptionBytes
{
    /// <summary>Whether two have the same bytes. Equal ones may differ in them, as 0 and -0 do, and are then computed anew.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreSame<T>(in T left, in T right)
        where T : unmanaged =>
        MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in left)).SequenceEqual(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in right)));
}

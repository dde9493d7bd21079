namespace FastAdam.Memory;

/// <summary>Where in the cache's sets blocks start.</summary>
/// <remarks>
/// A step walks through four arrays at the same index. Where two of them start a few cache lines apart, modulo the 4 KiB that a
/// first-level cache's sets span, loads of one wait for earlier stores to the other, whose addresses look the same; where many
/// start alike, they share the sets of the first two levels and the banks of the memory. So each block starts
/// <see cref="StrideInLines"/> lines after the one before: four in a row lie 15 lines or more apart modulo 4 KiB, and a quarter of
/// a second-level cache's sets (which span 64 KiB or a multiple). The stride is odd, so that arrays allocated list after list, not
/// tensor after tensor, do not start alike either, unless 64 blocks or a multiple lie between them.
/// </remarks>
internal static class Stagger
{
    /// <summary>Bytes. Blocks are aligned to it: it is the widest vector, too.</summary>
    public const int Line = 64;

    /// <summary>All offsets are below it.</summary>
    public const int Span = 64 << 10;

    private const int StrideInLines = 271;

    private static int _blocks;

    /// <summary>The offset of the next block: a multiple of <see cref="Line"/>.</summary>
    public static nuint Next() => Of((uint)Interlocked.Increment(ref _blocks));

    /// <summary>The offset of the block with that number.</summary>
    public static nuint Of(uint block) => block * StrideInLines % (Span / Line) * Line;
}

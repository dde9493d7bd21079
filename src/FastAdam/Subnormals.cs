namespace FastAdam;

/// <summary>What becomes of first and second moments below 2^-126 in magnitude, where single precision turns subnormal.</summary>
public enum Subnormals
{
    /// <summary>
    /// They are stored as zero, with their sign. Parameters whose gradient stays zero let their first moment decay into that
    /// range, and there x86 CPUs need many times longer for every operation.
    /// </summary>
    Flush,

    /// <summary>They are stored as they are, as PyTorch does.</summary>
    Preserve,
}

namespace FastAdam.Kernels;

/// <summary>The storage types that arrays come in. In C they have these numbers.</summary>
internal enum ElementType : byte
{
    Float32,
    Float16,
    BFloat16,

    // 3 stays free for a fourth type of single elements.

    /// <summary>State in blocks of integers of 8 bits, each with a scale.</summary>
    Block8 = 4,

    /// <summary>Parameters in <see cref="BFloat16"/>, and the 16 bits beside it that make them single-precision.</summary>
    Split16,

    /// <summary>Parameters in <see cref="BFloat16"/>, and 8 bits more beside it.</summary>
    Split8,

    /// <summary>Parameters in <see cref="Float32"/>, and what they are in <see cref="BFloat16"/> beside it.</summary>
    Float32WithBFloat16,

    /// <summary>Parameters in <see cref="Float32"/>, and what they are in <see cref="Float16"/> beside it.</summary>
    Float32WithFloat16,

    /// <summary><see cref="BFloat16"/>, rounded at random.</summary>
    StochasticBFloat16,

    /// <summary><see cref="Float16"/>, rounded at random.</summary>
    StochasticFloat16,
}

namespace FastAdam.Benchmarks.Contenders;

/// <summary>What is compared.</summary>
internal enum Kernel
{
    /// <summary>FastAdam from .NET.</summary>
    FastAdam,

    /// <summary>FastAdam through the C interface of libfastadam.</summary>
    FastAdamC,

    /// <summary>PyTorch's fused operator, through its library's C interface.</summary>
    LibTorch,

    /// <summary>The same, as C++ calls it.</summary>
    LibTorchDirect,

    /// <summary>The same loads and stores with next to no arithmetic.</summary>
    Limit,

    /// <summary>A loop in C#.</summary>
    Naive,

    /// <summary>One pass of TensorPrimitives for each operation.</summary>
    TensorPrimitives,
}

namespace FastAdam.Benchmarks.Contenders;

/// <summary>What is compared.</summary>
internal enum Kernel
{
    /// <summary>FastAdam from .NET.</summary>
    FastAdam,

    /// <summary>FastAdam through the C interface of libfastadam.</summary>
    FastAdamC,

    /// <summary>The same on the threads of OpenMP's runtime, libtorch's own, in place of the library's.</summary>
    FastAdamOpenMP,

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

    /// <summary>8-bit moments as bitsandbytes' CPU backend computes them, by libtorch's operators and its own conversions.</summary>
    Bitsandbytes8,

    /// <summary>The same with the conversions of its default backend, which are operators too.</summary>
    Bitsandbytes8Default,
}

namespace FastAdam.Benchmarks.Contenders;

/// <summary>What reports call the kernels.</summary>
internal static class KernelNames
{
    public static string Of(Kernel kernel) => kernel switch
    {
        Kernel.FastAdam => "fastadam",
        Kernel.FastAdamC => "fastadam_c",
        Kernel.FastAdamOpenMP => "fastadam_openmp",
        Kernel.LibTorch or Kernel.LibTorchDirect => "libtorch",
        Kernel.Limit => "limit",
        Kernel.Naive => "naive",
        Kernel.TensorPrimitives => "tensorprimitives",
        Kernel.Bitsandbytes8 => "bitsandbytes8",
        Kernel.Bitsandbytes8Default => "bitsandbytes8_default",
        _ => throw new ArgumentOutOfRangeException(nameof(kernel)),
    };
}

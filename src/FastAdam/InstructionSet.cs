namespace FastAdam;

/// <summary>The instruction sets that FastAdam has kernels for. All of them give the same bits.</summary>
public enum InstructionSet
{
    /// <summary>One element at a time, on every CPU.</summary>
    Scalar,

    /// <summary>arm64 Advanced SIMD, 4 single-precision lanes.</summary>
    Neon,

    /// <summary>x86-64 AVX2 with FMA, 8 single-precision lanes.</summary>
    Avx2,

    /// <summary>x86-64 AVX-512 (F, BW, DQ, VL), 16 single-precision lanes.</summary>
    Avx512,
}

namespace FastAdam.Kernels;

/// <summary>What tells one kernel from another: an instruction set and the storage types of the four arrays.</summary>
internal readonly record struct KernelKey(
    InstructionSet InstructionSet,
    ElementType Parameters,
    ElementType Gradients,
    ElementType ExpAvg,
    ElementType ExpAvgSq)
{
    /// <summary>Bits that an <see cref="ElementType"/> takes in <see cref="Index"/>.</summary>
    private const int TypeBits = 2;

    /// <summary>One more than the largest <see cref="Index"/>.</summary>
    public static int IndexCount { get; } = ((int)InstructionSet.Avx512 + 1) << (4 * TypeBits);

    public int Index =>
        ((((((((int)InstructionSet << TypeBits) | (int)Parameters) << TypeBits) | (int)Gradients) << TypeBits) | (int)ExpAvg) << TypeBits)
        | (int)ExpAvgSq;
}

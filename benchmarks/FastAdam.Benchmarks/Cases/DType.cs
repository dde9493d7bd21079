using FastAdam.Kernels;

namespace FastAdam.Benchmarks.Cases;

/// <summary>The storage of the four arrays: one type for parameters and gradients, one for both moments.</summary>
/// <param name="Name">What reports call it.</param>
/// <param name="Parameter">Of parameters and gradients.</param>
/// <param name="State">Of the moments.</param>
internal record DType(string Name, ElementType Parameter, ElementType State)
{
    public static DType F32 { get; } = new("f32", ElementType.Float32, ElementType.Float32);

    public static DType BF16 { get; } = new("bf16", ElementType.BFloat16, ElementType.BFloat16);

    public static DType F16 { get; } = new("f16", ElementType.Float16, ElementType.Float16);

    public static DType BF16WithF32State { get; } = new("bf16_f32state", ElementType.BFloat16, ElementType.Float32);

    public static DType F32WithBF16State { get; } = new("f32_bf16state", ElementType.Float32, ElementType.BFloat16);

    public static IReadOnlyList<DType> All { get; } = [F32, BF16, F16, BF16WithF32State, F32WithBF16State];

    /// <summary>What an element takes up in the four arrays of AdamW.</summary>
    public int FootprintBytes => 2 * (SizeOf(Parameter) + SizeOf(State));

    public static int SizeOf(ElementType type) => type == ElementType.Float32 ? sizeof(float) : sizeof(ushort);

    public override string ToString() => Name;
}

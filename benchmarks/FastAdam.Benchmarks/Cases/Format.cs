using FastAdam.Kernels;

namespace FastAdam.Benchmarks.Cases;

/// <summary>A storage whose arrays are not four of one or two types: it may have gradients of another type, parameters in two arrays, and
/// moments of 8 bits.</summary>
/// <param name="Name">What reports call it.</param>
/// <param name="Storage">Of the parameters.</param>
/// <param name="Gradient">Of the gradients: fp32 or bf16.</param>
/// <param name="Moment">Of the moments: fp32 or bf16; null for 8 bits and a scale for each block.</param>
internal sealed record Format(string Name, ParameterStorage Storage, ElementType Gradient, ElementType? Moment)
    : DType(Name, FirstArrayOf(Storage), Moment ?? ElementType.Float32)
{
    /// <summary>Elements of 8-bit moments that share a scale.</summary>
    public const int Block = 128;

    public static Format Block8 { get; } = new("f32_block8", ParameterStorage.Float32, ElementType.Float32, Moment: null);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Format> Formats { get; } =
    [
        Block8,
        new("f32_bf16g_block8", ParameterStorage.Float32, ElementType.BFloat16, Moment: null),
        new("split_bf16g_block8", ParameterStorage.Split, ElementType.BFloat16, Moment: null),
        new("split_bf16g_bf16", ParameterStorage.Split, ElementType.BFloat16, ElementType.BFloat16),
        new("f32copy_bf16g_f32", ParameterStorage.WithCopy, ElementType.BFloat16, ElementType.Float32),
        new("bf16sr_bf16g_block8", ParameterStorage.Stochastic, ElementType.BFloat16, Moment: null),
    ];

    /// <summary>Of an element in the parameters' first array.</summary>
    public int ParameterBytes => SizeOf(Parameter);

    /// <summary>Of an element in the parameters' second array; 0 where there is none.</summary>
    public int SecondBytes => Storage is ParameterStorage.Split or ParameterStorage.WithCopy ? sizeof(ushort) : 0;

    public int GradientBytes => SizeOf(Gradient);

    /// <summary>Of an element of a moment, without its scale.</summary>
    public int MomentBytes => Moment is { } type ? SizeOf(type) : sizeof(byte);

    /// <summary>What a step of AdamW must move for an element: all arrays both ways, but the gradients, which it reads, and the copy of
    /// the parameters, which it writes.</summary>
    public double TrafficBytes =>
        (2 * ParameterBytes)
        + (Storage == ParameterStorage.Split ? 2 * SecondBytes : SecondBytes)
        + GradientBytes
        + (4 * (MomentBytes + (Moment is null ? (double)sizeof(float) / Block : 0)));

    public override string ToString() => Name;

    private static ElementType FirstArrayOf(ParameterStorage storage) =>
        storage is ParameterStorage.Float32 or ParameterStorage.WithCopy ? ElementType.Float32 : ElementType.BFloat16;
}

using System.Runtime.CompilerServices;
using FastAdam.Codecs;

namespace FastAdam.Kernels;

/// <summary>What is known of the storage types.</summary>
internal static class ElementTypes
{
    /// <summary>Elements that are updated together where not all types are plain.</summary>
    public const int BlockLength = Block8Codec.Length;

    private const int Bits = 4;
    private const ulong Mask = (1 << Bits) - 1;

    /// <summary>Those of single elements, each of which has all that it is in its place of one array.</summary>
    public static ReadOnlySpan<ElementType> Plain => [ElementType.Float32, ElementType.Float16, ElementType.BFloat16];

    // Four bits for each type.
    private static ulong Sizes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ((ulong)Float32Codec.Size << (Bits * (int)ElementType.Float32))
            | ((ulong)Float16Codec.Size << (Bits * (int)ElementType.Float16))
            | ((ulong)BFloat16Codec.Size << (Bits * (int)ElementType.BFloat16))
            | ((ulong)sizeof(byte) << (Bits * (int)ElementType.Block8))
            | ((ulong)Split16Codec.Size << (Bits * (int)ElementType.Split16))
            | ((ulong)Split8Codec.Size << (Bits * (int)ElementType.Split8))
            | ((ulong)CopyCodec<BFloat16Codec>.Size << (Bits * (int)ElementType.Float32WithBFloat16))
            | ((ulong)CopyCodec<Float16Codec>.Size << (Bits * (int)ElementType.Float32WithFloat16))
            | ((ulong)StochasticBFloat16Codec.Size << (Bits * (int)ElementType.StochasticBFloat16))
            | ((ulong)StochasticFloat16Codec.Size << (Bits * (int)ElementType.StochasticFloat16));
    }

    /// <summary>Which .NET type stands for which storage type.</summary>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is none of the storage types.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ElementType Of<T>() =>
        typeof(T) == typeof(float) ? ElementType.Float32
        : typeof(T) == typeof(Half) ? ElementType.Float16
        : typeof(T) == typeof(BFloat16) ? ElementType.BFloat16
        : throw new NotSupportedException($"Arrays of {typeof(T)} are not supported: use float, Half or BFloat16.");

    /// <summary>True for the numbers of storage types.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsKnown(int type) => (uint)type <= (uint)ElementType.StochasticFloat16 && type != 3;

    /// <summary>True for those of single elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsPlain(ElementType type) => type <= ElementType.BFloat16;

    /// <summary>Bytes of an element in its array, without what is beside it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Size(ElementType type) => (int)((Sizes >> (Bits * (int)type)) & Mask);

    /// <summary>Bytes of what is beside an array of that many elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static nuint PartBytes(ElementType type, nuint length) => type switch
    {
        ElementType.Block8 => (nuint)sizeof(float) * ((length / Block8Codec.Length) + (length % Block8Codec.Length == 0 ? 0u : 1)),
        ElementType.Split16 => (nuint)Split16Codec.PartSize * length,
        ElementType.Split8 => (nuint)Split8Codec.PartSize * length,
        ElementType.Float32WithBFloat16 => (nuint)CopyCodec<BFloat16Codec>.PartSize * length,
        ElementType.Float32WithFloat16 => (nuint)CopyCodec<Float16Codec>.PartSize * length,
        _ => 0,
    };

    /// <summary>What the errors call it; null where there is nothing beside the array.</summary>
    public static string? PartName(ElementType type) => type switch
    {
        ElementType.Block8 => "scales",
        ElementType.Split16 or ElementType.Split8 => "lower bits",
        ElementType.Float32WithBFloat16 or ElementType.Float32WithFloat16 => "copy",
        _ => null,
    };

    /// <summary>True where arrays of that role can be stored so.</summary>
    public static bool Suits(ElementType type, ArrayRole role) => type switch
    {
        <= ElementType.BFloat16 => true,
        ElementType.Block8 => role >= ArrayRole.FirstState,
        ElementType.StochasticBFloat16 => role != ArrayRole.Gradients,
        <= ElementType.StochasticFloat16 => role == ArrayRole.Parameters,
        _ => false,
    };

    /// <summary>True for those that are rounded at random.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsStochastic(ElementType type) => type >= ElementType.StochasticBFloat16;

    /// <summary>The same storage, rounded to nearest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ElementType ToNearest(ElementType type) => type switch
    {
        ElementType.StochasticBFloat16 => ElementType.BFloat16,
        ElementType.StochasticFloat16 => ElementType.Float16,
        _ => type,
    };
}

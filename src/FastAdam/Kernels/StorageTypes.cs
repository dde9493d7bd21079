using System.Runtime.CompilerServices;

namespace FastAdam.Kernels;

/// <summary>The storage type of each array of an update, by its role.</summary>
internal readonly record struct StorageTypes
{
    private const int Bits = 4;
    private const uint Mask = (1u << Bits) - 1;

    private readonly uint _types;

    private StorageTypes(uint types) => _types = types;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public StorageTypes(
        ElementType parameters,
        ElementType gradients,
        ElementType first = default,
        ElementType second = default,
        ElementType third = default,
        ElementType fourth = default) =>
        _types = (uint)parameters
            | ((uint)gradients << Bits)
            | ((uint)first << (2 * Bits))
            | ((uint)second << (3 * Bits))
            | ((uint)third << (4 * Bits))
            | ((uint)fourth << (5 * Bits));

    /// <summary>One type for all arrays.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static StorageTypes All(ElementType type) => new((uint)type * 0x11_1111);

    /// <summary>True where all are <see cref="ElementType.Float32"/>.</summary>
    public bool AreFloat32
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _types == 0;
    }

    /// <summary>True where all are types of single elements, which have the numbers below 4.</summary>
    public bool ArePlain
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining | MethodImplOptions.AggressiveOptimization)]
        get => (_types & 0xcc_cccc) == 0;
    }

    /// <summary>The type of an array.</summary>
    public ElementType this[ArrayRole role]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (ElementType)((_types >> ((int)role * Bits)) & Mask);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public StorageTypes With(ArrayRole role, ElementType type)
    {
        int shift = (int)role * Bits;
        return new((_types & ~(Mask << shift)) | ((uint)type << shift));
    }

    /// <summary>The same for the arrays that a step keeps; <see cref="ElementType.Float32"/> for the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public StorageTypes Of(Rules.StateArrays state) => new(_types & KeptBits(state));

    /// <summary>True where all arrays that a step keeps have the parameters' type. No other one may have a type.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool AreUniform(Rules.StateArrays state) => _types == ((_types & Mask) * 0x11_1111 & KeptBits(state));

    /// <summary>The types of parameters, gradients, first and second state array as a number below 256.</summary>
    public int IndexOfFour
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (int)((_types & 3) | ((_types >> 2) & 0xc) | ((_types >> 4) & 0x30) | ((_types >> 6) & 0xc0));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint KeptBits(Rules.StateArrays state)
    {
        // Each bit of the state becomes the four bits of a type.
        uint bits = (uint)state;
        uint spread = (bits & 1) | ((bits & 2) << 3) | ((bits & 4) << 6) | ((bits & 8) << 9);
        return 0xff | (spread * Mask << (2 * Bits));
    }
}

namespace FastAdam;

/// <summary>What the elements of a tensor in a safetensors file are. The names in files are these in capitals, with a line below before
/// the E of the 8-bit floating-point types: <c>BOOL</c>, <c>F8_E5M2</c>. Types of fewer than 8 bits are not read.</summary>
/// <remarks>In the order of the format's own list, which is the order in which files have the tensors, from the last type to the first:
/// so those with the largest elements lie first, and all are aligned.</remarks>
public enum SafeTensorType
{
    /// <summary>A truth value, 1 byte: 0 or 1.</summary>
    Bool = 0,

    /// <summary>An unsigned integer of 8 bits.</summary>
    U8 = 1,

    /// <summary>An integer of 8 bits.</summary>
    I8 = 2,

    /// <summary>A floating-point number of 8 bits, 5 of them the exponent.</summary>
    F8E5M2 = 3,

    /// <summary>A floating-point number of 8 bits, 4 of them the exponent.</summary>
    F8E4M3 = 4,

    /// <summary>A power of two: 8 bits of exponent.</summary>
    F8E8M0 = 5,

    /// <summary>An integer of 16 bits.</summary>
    I16 = 6,

    /// <summary>An unsigned integer of 16 bits.</summary>
    U16 = 7,

    /// <summary>IEEE half precision: <see cref="Half"/>.</summary>
    F16 = 8,

    /// <summary>bfloat16: <see cref="FastAdam.BFloat16"/>.</summary>
    BF16 = 9,

    /// <summary>An integer of 32 bits.</summary>
    I32 = 10,

    /// <summary>An unsigned integer of 32 bits.</summary>
    U32 = 11,

    /// <summary>IEEE single precision.</summary>
    F32 = 12,

    /// <summary>A complex number of two of single precision.</summary>
    C64 = 13,

    /// <summary>IEEE double precision.</summary>
    F64 = 14,

    /// <summary>An integer of 64 bits.</summary>
    I64 = 15,

    /// <summary>An unsigned integer of 64 bits.</summary>
    U64 = 16,
}

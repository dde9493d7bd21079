using System.Runtime.InteropServices;
using FastAdam.Kernels;

namespace FastAdam.Checks;

/// <summary>Finds what is wrong with the arguments of conversions to and from the dynamic 8-bit type.</summary>
internal static class DynamicCheck
{
    /// <exception cref="ArgumentOutOfRangeException">A block has no elements.</exception>
    /// <exception cref="ArgumentException">A length does not fit, or an array that is written overlaps another one.</exception>
    public static void Decoding(
        ReadOnlySpan<byte> codes, ReadOnlySpan<float> absmax, ReadOnlySpan<float> map, int blockLength, ReadOnlySpan<float> values)
    {
        BlockLength(blockLength);
        if (map.Length != DynamicBlocks.MapLength)
        {
            throw Faults.Invalid(Fault.Length, nameof(map), $"map has {map.Length} elements, not {DynamicBlocks.MapLength}.");
        }

        Lengths(values.Length, nameof(values), codes.Length, nameof(codes), absmax.Length, blockLength);
        ReadOnlySpan<byte> written = MemoryMarshal.AsBytes(values);
        Apart(written, codes, nameof(values), nameof(codes));
        Apart(written, MemoryMarshal.AsBytes(absmax), nameof(values), nameof(absmax));
        Apart(written, MemoryMarshal.AsBytes(map), nameof(values), nameof(map));
    }

    /// <exception cref="ArgumentOutOfRangeException">A block has no elements.</exception>
    /// <exception cref="ArgumentException">A length does not fit, an array that is written overlaps another one, or a value is negative
    /// where no code is.</exception>
    public static void Encoding(
        ReadOnlySpan<float> values, bool isSigned, int blockLength, ReadOnlySpan<byte> codes, ReadOnlySpan<float> absmax)
    {
        BlockLength(blockLength);
        Lengths(codes.Length, nameof(codes), values.Length, nameof(values), absmax.Length, blockLength);
        ReadOnlySpan<byte> read = MemoryMarshal.AsBytes(values), writtenAbsmax = MemoryMarshal.AsBytes(absmax);
        Apart(codes, read, nameof(codes), nameof(values));
        Apart(writtenAbsmax, read, nameof(absmax), nameof(values));
        Apart(writtenAbsmax, codes, nameof(absmax), nameof(codes));
        if (!isSigned)
        {
            NotNegative(values);
        }
    }

    private static void BlockLength(int blockLength)
    {
        if (blockLength < 1)
        {
            throw Faults.OutOfRange(Fault.Length, nameof(blockLength), blockLength, "The length of a block must be at least 1.");
        }
    }

    private static void Lengths(int length, string name, int expected, string other, int blocks, int blockLength)
    {
        if (length != expected)
        {
            throw Faults.Invalid(Fault.Length, name, $"{name} has {length} elements, but {other} has {expected}.");
        }

        int needed = DynamicBlocks.Count(length, blockLength);
        if (blocks != needed)
        {
            throw Faults.Invalid(
                Fault.Length, "absmax", $"absmax has {blocks} elements, but {length} elements are {needed} blocks of {blockLength}.");
        }
    }

    private static void Apart(ReadOnlySpan<byte> written, ReadOnlySpan<byte> array, string name, string other)
    {
        if (written.Overlaps(array))
        {
            throw Faults.Invalid(Fault.Overlap, name, $"{name} overlaps {other}.");
        }
    }

    private static void NotNegative(ReadOnlySpan<float> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] < 0)
            {
                throw Faults.OutOfRange(
                    Fault.Unsupported, nameof(values), values[i], $"values[{i}] is negative, and the unsigned map has no negative numbers.");
            }
        }
    }
}

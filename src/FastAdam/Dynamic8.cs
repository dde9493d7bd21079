using FastAdam.Checks;
using FastAdam.Kernels;

namespace FastAdam;

/// <summary>
/// The 8-bit optimizer state of bitsandbytes and torchao, to single precision and back: runs move to FastAdam with it, and back. A tensor's
/// elements, in the order of its memory, are cut into blocks, the last of which may be shorter. Each element is a code c of 8 bits, each
/// block has a number absmax, and there is a map of 256 numbers, in ascending order:
/// <code>
/// value = map[c] * absmax               rounded once, to single precision
/// absmax = max(|value|)                 of a block
/// c = the code whose number is nearest to value / absmax
/// </code>
/// The signed map, for first moments, has 0, 1, and in the decade from 10^(k-1) to 10^k, for k from -6 to 0, the middles of 2^(k+6) equal
/// parts and their negatives; the unsigned one, for second moments, 0, 1, and the middles of 2^(k+7) equal parts.
/// </summary>
/// <remarks>
/// <para>Source: T. Dettmers, M. Lewis, S. Shleifer, L. Zettlemoyer, "8-bit optimizers via block-wise quantization", 2022; bitsandbytes
/// (<c>create_dynamic_map</c>, <c>quantize_2D</c>, the 8-bit block-wise kernels); torchao (<c>optim/quant_utils.py</c>,
/// <c>optim/subclass_8bit.py</c>). In a state of bitsandbytes <c>state1</c>, <c>absmax1</c> and <c>qmap1</c> are codes, absmax and map of the
/// first moment, signed, and those ending in 2 of the second one, unsigned; in one of torchao they are <c>codes</c>, <c>scale</c> and
/// <c>qmap</c> of each moment, and <c>signed</c> says which map it is.</para>
/// <para>Both libraries have the same maps, but their last bits are those of PyTorch's linspace, which are not the same on every CPU. Those
/// here are the ones of AVX2 and AVX-512. Others differ in some 40 numbers by at most 2 units in the last place; for the same bits on any
/// CPU decode with the map that stands in the state.</para>
/// </remarks>
public static class Dynamic8
{
    /// <summary>Elements of a block, in torchao by default, and in bitsandbytes; in its older versions it was 2048.</summary>
    public const int BlockLength = 256;

    /// <summary>The numbers of the 256 codes, in ascending order.</summary>
    /// <param name="isSigned">True for the map of first moments, false for that of second ones.</param>
    /// <returns>256 numbers: from -0.993 to 1, or from 0 to 1.</returns>
    public static ReadOnlySpan<float> Map(bool isSigned) => DynamicBlocks.Map(isSigned);

    /// <summary>Codes to values, in blocks of 256 and with FastAdam's map: as below.</summary>
    /// <param name="codes">The codes.</param>
    /// <param name="absmax">One number for each block: (n + 255) / 256 of them for n codes.</param>
    /// <param name="isSigned">Which map it is.</param>
    /// <param name="values">Takes as many values as there are codes.</param>
    /// <exception cref="ArgumentException">A length does not fit, or <paramref name="values"/> overlaps another array. Nothing has been
    /// written then.</exception>
    public static void Decode(ReadOnlySpan<byte> codes, ReadOnlySpan<float> absmax, bool isSigned, Span<float> values) =>
        Decode(codes, absmax, Map(isSigned), values);

    /// <summary>Codes to values: value = map[code] * absmax, as both libraries compute it, to the bit. An absmax that is NaN makes NaN of
    /// its whole block.</summary>
    /// <param name="codes">The codes.</param>
    /// <param name="absmax">One number for each block: (n + b - 1) / b of them for n codes in blocks of b.</param>
    /// <param name="map">256 numbers, such as the state's own.</param>
    /// <param name="values">Takes as many values as there are codes.</param>
    /// <param name="blockLength">Elements of a block, at least 1.</param>
    /// <exception cref="ArgumentException">A length does not fit, or <paramref name="values"/> overlaps another array. Nothing has been
    /// written then.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="blockLength"/> is below 1.</exception>
    public static void Decode(
        ReadOnlySpan<byte> codes,
        ReadOnlySpan<float> absmax,
        ReadOnlySpan<float> map,
        Span<float> values,
        int blockLength = BlockLength)
    {
        DynamicCheck.Decoding(codes, absmax, map, blockLength, values);
        DynamicBlocks.Decode(codes, absmax, map, blockLength, values);
    }

    /// <summary>Values to codes, in blocks of 256: the nearest ones to value / absmax, rounded to single precision. A middle between two
    /// numbers of the map, rounded to single precision, belongs to the even code.</summary>
    /// <param name="values">The values.</param>
    /// <param name="isSigned">Which map to take: false only for values none of which is negative.</param>
    /// <param name="codes">Takes as many codes as there are values.</param>
    /// <param name="absmax">Takes one number for each block: (n + 255) / 256 of them for n values. 0 for a block of zeros; NaN, so that the
    /// block decodes to NaN, for one with a value that is infinite or NaN.</param>
    /// <exception cref="ArgumentException">A length does not fit, or an array that is written overlaps another one. Nothing has been written
    /// then.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A value is negative, and the map unsigned. Nothing has been written then.</exception>
    /// <remarks>
    /// <para>These are the codes of bitsandbytes' kernels, with two exceptions: theirs divide with an error of up to two units in the last
    /// place, and do not make 0 of a negative first moment, however small. torchao's middles are rounded otherwise, by up to two units in
    /// the last place, and belong to the larger code; its absmax is at least 1e-12, here it is as small as the values are.</para>
    /// <para>What has been decoded encodes to the same codes and absmax where the block holds code 255, whose number is 1, and its values
    /// are not subnormal. The signed map has no -1: the largest value of a block, where it is negative, decodes as 0.993 of itself, and the
    /// next encoding has a smaller absmax and other codes.</para>
    /// </remarks>
    public static void Encode(ReadOnlySpan<float> values, bool isSigned, Span<byte> codes, Span<float> absmax)
    {
        DynamicCheck.Encoding(values, isSigned, BlockLength, codes, absmax);
        DynamicBlocks.Encode(values, isSigned, BlockLength, codes, absmax);
    }
}

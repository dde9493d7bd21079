using System.Runtime.CompilerServices;
using FastAdam.Codecs;

namespace FastAdam.Kernels;

/// <summary>Blocks of the dynamic 8-bit type, each with a number that all of its elements are multiplied by.</summary>
internal static class DynamicBlocks
{
    public const int MapLength = DynamicMap.Length;

    /// <summary>The numbers of the codes.</summary>
    public static ReadOnlySpan<float> Map(bool isSigned) => Of(isSigned).Entries;

    /// <summary>How many blocks that many elements are.</summary>
    public static int Count(int length, int blockLength) => (int)(((long)length + blockLength - 1) / blockLength);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Decode(
        ReadOnlySpan<byte> codes, ReadOnlySpan<float> absmax, ReadOnlySpan<float> map, int blockLength, Span<float> values)
    {
        foreach (float scale in absmax)
        {
            int length = Math.Min(blockLength, codes.Length);
            for (int i = 0; i < length; i++)
            {
                values[i] = map[codes[i]] * scale;
            }

            codes = codes[length..];
            values = values[length..];
        }
    }

    public static void Encode(ReadOnlySpan<float> values, bool isSigned, int blockLength, Span<byte> codes, Span<float> absmax)
    {
        DynamicMap map = Of(isSigned);
        for (int block = 0; block < absmax.Length; block++)
        {
            int length = Math.Min(blockLength, values.Length);
            absmax[block] = EncodeBlock(values[..length], map, codes[..length]);
            values = values[length..];
            codes = codes[length..];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float EncodeBlock(ReadOnlySpan<float> values, DynamicMap map, Span<byte> codes)
    {
        float largest = 0;
        foreach (float value in values)
        {
            largest = MathF.Max(largest, MathF.Abs(value)); // NaN from either
        }

        if (largest == 0 || !float.IsFinite(largest))
        {
            codes.Fill(map.Zero);
            return largest == 0 ? 0 : float.NaN;
        }

        for (int i = 0; i < values.Length; i++)
        {
            codes[i] = map.Nearest(values[i] / largest);
        }

        return largest;
    }

    private static DynamicMap Of(bool isSigned) => isSigned ? DynamicMap.Signed : DynamicMap.Unsigned;
}

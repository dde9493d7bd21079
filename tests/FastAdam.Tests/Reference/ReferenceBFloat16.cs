namespace FastAdam.Tests.Reference;

/// <summary>bfloat16's rounding from its definition: the nearer of the two neighbours, the even one in a tie.</summary>
internal static class ReferenceBFloat16
{
    /// <summary>The bits of the float that is the nearest bfloat16 to <paramref name="value"/>; NaN gives a NaN.</summary>
    public static uint Round(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value))
        {
            return 0x7fc0_0000;
        }

        if (float.IsInfinity(value))
        {
            return bits;
        }

        uint down = bits & 0xffff_0000;
        uint up = down + 0x1_0000;
        double middle = (Magnitude(down) + Magnitude(up)) / 2;
        double magnitude = Math.Abs((double)value);
        return magnitude < middle || (magnitude == middle && ((down >> 16) & 1) == 0) ? down : up;
    }

    /// <summary>Infinity counts as 2^128, the number that would follow the largest one.</summary>
    private static double Magnitude(uint bits)
    {
        float value = Math.Abs(BitConverter.UInt32BitsToSingle(bits));
        return float.IsInfinity(value) ? Math.ScaleB(1, 128) : value;
    }
}

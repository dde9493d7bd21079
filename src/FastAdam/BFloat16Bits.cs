namespace FastAdam;

/// <summary>The bits of a <see cref="BFloat16"/>, as members of <see cref="BitConverter"/>, where .NET 11 has them.</summary>
public static class BFloat16Bits
{
    extension(BitConverter)
    {
        /// <summary>The bits of a number.</summary>
        /// <param name="value">The number.</param>
        /// <returns>Its 16 bits, the sign in the highest.</returns>
        public static ushort BFloat16ToUInt16Bits(BFloat16 value) => BFloat16.ToBits(value);

        /// <summary>The number with these bits.</summary>
        /// <param name="value">16 bits, the sign in the highest.</param>
        /// <returns>The number.</returns>
        public static BFloat16 UInt16BitsToBFloat16(ushort value) => BFloat16.FromBits(value);
    }
}

using FastAdam.Kernels;

namespace FastAdam.Tests.Support;

/// <summary>Elements of a storage type as numbers and as bits, by the BCL's conversions and this project's reference ones.</summary>
internal static class Storage
{
    public static int Size(ElementType type) => type == ElementType.Float32 ? 4 : 2;

    public static uint ReadBits(ReadOnlySpan<byte> array, ElementType type, int index) => type == ElementType.Float32
        ? BitConverter.ToUInt32(array[(4 * index)..])
        : BitConverter.ToUInt16(array[(2 * index)..]);

    public static float Read(ReadOnlySpan<byte> array, ElementType type, int index)
    {
        uint bits = ReadBits(array, type, index);
        return type switch
        {
            ElementType.Float32 => BitConverter.UInt32BitsToSingle(bits),
            ElementType.Float16 => (float)BitConverter.UInt16BitsToHalf((ushort)bits),
            ElementType.BFloat16 => BitConverter.UInt32BitsToSingle(bits << 16),
            _ => throw new ArgumentOutOfRangeException(nameof(type)),
        };
    }

    public static void Write(Span<byte> array, ElementType type, int index, float value)
    {
        switch (type)
        {
            case ElementType.Float32:
                BitConverter.TryWriteBytes(array[(4 * index)..], value);
                break;
            case ElementType.Float16:
                BitConverter.TryWriteBytes(array[(2 * index)..], (Half)value);
                break;
            case ElementType.BFloat16:
                BitConverter.TryWriteBytes(array[(2 * index)..], (ushort)(Reference.ReferenceBFloat16.Round(value) >> 16));
                break;
        }
    }

    /// <summary>The distance between neighbouring numbers of the type at that magnitude.</summary>
    public static double Ulp(ElementType type, double magnitude)
    {
        (int significandBits, int minExponent) = type switch
        {
            ElementType.Float32 => (23, -126),
            ElementType.Float16 => (10, -14),
            _ => (7, -126),
        };
        int exponent = magnitude == 0 ? minExponent : Math.Max(Math.ILogB(magnitude), minExponent);
        return Math.ScaleB(1, exponent - significandBits);
    }

    /// <summary>The largest finite number of the type.</summary>
    public static double MaxValue(ElementType type) => type switch
    {
        ElementType.Float32 => float.MaxValue,
        ElementType.Float16 => 65504,
        _ => Math.ScaleB(255, 120),
    };

    /// <summary>Whether two elements are the same: to the bit, or both NaN.</summary>
    public static bool Same(ElementType type, uint left, uint right)
    {
        uint magnitudeMask = type == ElementType.Float32 ? 0x7fff_ffffu : 0x7fffu;
        uint infinity = type switch
        {
            ElementType.Float32 => 0x7f80_0000u,
            ElementType.Float16 => 0x7c00u,
            _ => 0x7f80u,
        };
        return left == right || ((left & magnitudeMask) > infinity && (right & magnitudeMask) > infinity);
    }
}

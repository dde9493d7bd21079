using System.Runtime.InteropServices;
using FastAdam.Kernels;

namespace FastAdam.Benchmarks.Contenders;

/// <summary>What arrays are filled with.</summary>
internal static unsafe class Pattern
{
    /// <summary>Values in a storage type.</summary>
    /// <param name="values">The values.</param>
    /// <param name="type">The storage type.</param>
    public static byte[] Encode(float[] values, ElementType type) => type switch
    {
        ElementType.Float32 => Bytes(values),
        ElementType.Float16 => Bytes(Array.ConvertAll(values, value => (Half)value)),
        ElementType.BFloat16 => Bytes(Array.ConvertAll(values, value => (BFloat16)value)),
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    /// <summary>What numbers are in memory.</summary>
    /// <param name="values">The numbers.</param>
    public static byte[] Bytes<T>(T[] values)
        where T : unmanaged => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();

    /// <summary>Fills an array with bytes that repeat.</summary>
    /// <param name="pattern">The bytes.</param>
    /// <param name="target">The array.</param>
    /// <param name="length">Its bytes.</param>
    public static void Repeat(ReadOnlySpan<byte> pattern, byte* target, long length)
    {
        for (long done = 0; done < length; done += pattern.Length)
        {
            int count = (int)Math.Min(length - done, pattern.Length);
            pattern[..count].CopyTo(new Span<byte>(target + done, count));
        }
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace FastAdam;

/// <summary>
/// A bfloat16 number: the upper 16 bits of a <see cref="float"/> (1 sign bit, 8 exponent bits, 7 stored significand bits). A
/// storage type: convert to <see cref="float"/> to calculate.
/// </summary>
/// <remarks>Its members are named as those of System.Numerics.BFloat16 in .NET 11, which can take its place.</remarks>
public readonly struct BFloat16 : IComparable, IComparable<BFloat16>, IEquatable<BFloat16>, ISpanFormattable
{
    private readonly ushort _value;

    private BFloat16(ushort value) => _value = value;

    /// <summary>The smallest number above zero, 2^-133.</summary>
    public static BFloat16 Epsilon => new(0x0001);

    /// <summary>The largest finite number, about 3.39e38.</summary>
    public static BFloat16 MaxValue => new(0x7f7f);

    /// <summary>The least finite number, about -3.39e38.</summary>
    public static BFloat16 MinValue => new(0xff7f);

    /// <summary>Not a number.</summary>
    public static BFloat16 NaN => new(0xffc0);

    /// <summary>Infinity.</summary>
    public static BFloat16 PositiveInfinity => new(0x7f80);

    /// <summary>Minus infinity.</summary>
    public static BFloat16 NegativeInfinity => new(0xff80);

    /// <summary>0.</summary>
    public static BFloat16 Zero => default;

    /// <summary>-0.</summary>
    public static BFloat16 NegativeZero => new(0x8000);

    /// <summary>1.</summary>
    public static BFloat16 One => new(0x3f80);

    /// <summary>Widens to single precision, exactly.</summary>
    /// <param name="value">The number to convert.</param>
    public static explicit operator float(BFloat16 value) => BitConverter.UInt32BitsToSingle((uint)value._value << 16);

    /// <summary>Widens to double precision, exactly.</summary>
    /// <param name="value">The number to convert.</param>
    public static explicit operator double(BFloat16 value) => (float)value;

    /// <summary>Rounds to the nearest bfloat16, to an even one in a tie; NaN stays NaN.</summary>
    /// <param name="value">The number to convert.</param>
    public static explicit operator BFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value))
        {
            return new((ushort)((bits >> 16) | 0x0040));
        }

        return new((ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16));
    }

    /// <summary>Rounds to the nearest bfloat16, once, to an even one in a tie; NaN stays NaN.</summary>
    /// <param name="value">The number to convert.</param>
    public static explicit operator BFloat16(double value)
    {
        // To float with rounding to odd, so that the second rounding sees that the first one was inexact.
        float nearest = (float)value;
        uint bits = BitConverter.SingleToUInt32Bits(nearest);
        if (nearest != value && !double.IsNaN(value) && (bits & 1) == 0)
        {
            bits = Math.Abs(nearest) < Math.Abs(value) ? bits + 1 : bits - 1;
        }

        return (BFloat16)BitConverter.UInt32BitsToSingle(bits);
    }

    /// <summary>Whether both are the same number; NaN equals nothing, and 0 equals -0.</summary>
    /// <param name="left">One number.</param>
    /// <param name="right">The other.</param>
    public static bool operator ==(BFloat16 left, BFloat16 right) => (float)left == (float)right;

    /// <summary>Whether they are not the same number.</summary>
    /// <param name="left">One number.</param>
    /// <param name="right">The other.</param>
    public static bool operator !=(BFloat16 left, BFloat16 right) => (float)left != (float)right;

    /// <summary>Whether the first is less.</summary>
    /// <param name="left">One number.</param>
    /// <param name="right">The other.</param>
    public static bool operator <(BFloat16 left, BFloat16 right) => (float)left < (float)right;

    /// <summary>Whether the first is greater.</summary>
    /// <param name="left">One number.</param>
    /// <param name="right">The other.</param>
    public static bool operator >(BFloat16 left, BFloat16 right) => (float)left > (float)right;

    /// <summary>Whether the first is less or equal.</summary>
    /// <param name="left">One number.</param>
    /// <param name="right">The other.</param>
    public static bool operator <=(BFloat16 left, BFloat16 right) => (float)left <= (float)right;

    /// <summary>Whether the first is greater or equal.</summary>
    /// <param name="left">One number.</param>
    /// <param name="right">The other.</param>
    public static bool operator >=(BFloat16 left, BFloat16 right) => (float)left >= (float)right;

    /// <summary>The number with its sign reversed.</summary>
    /// <param name="value">The number.</param>
    public static BFloat16 operator -(BFloat16 value) => new((ushort)(value._value ^ 0x8000));

    /// <summary>Whether it is not a number.</summary>
    /// <param name="value">The number to look at.</param>
    public static bool IsNaN(BFloat16 value) => (value._value & 0x7fff) > 0x7f80;

    /// <summary>Whether it is infinity or minus infinity.</summary>
    /// <param name="value">The number to look at.</param>
    public static bool IsInfinity(BFloat16 value) => (value._value & 0x7fff) == 0x7f80;

    /// <summary>Whether it is neither infinite nor NaN.</summary>
    /// <param name="value">The number to look at.</param>
    public static bool IsFinite(BFloat16 value) => (value._value & 0x7fff) < 0x7f80;

    /// <summary>Whether its sign bit is set.</summary>
    /// <param name="value">The number to look at.</param>
    public static bool IsNegative(BFloat16 value) => (short)value._value < 0;

    /// <summary>Whether it is not zero and smaller in magnitude than 2^-126.</summary>
    /// <param name="value">The number to look at.</param>
    public static bool IsSubnormal(BFloat16 value) => (value._value & 0x7fff) is > 0 and < 0x0080;

    /// <summary>Its magnitude.</summary>
    /// <param name="value">The number.</param>
    public static BFloat16 Abs(BFloat16 value) => new((ushort)(value._value & 0x7fff));

    /// <inheritdoc/>
    public int CompareTo(BFloat16 other) => ((float)this).CompareTo((float)other);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException"><paramref name="obj"/> is neither null nor a <see cref="BFloat16"/>.</exception>
    public int CompareTo(object? obj) => obj switch
    {
        null => 1,
        BFloat16 other => CompareTo(other),
        _ => throw new ArgumentException($"The object is a {obj.GetType()}, not a {nameof(BFloat16)}.", nameof(obj)),
    };

    /// <summary>Whether both are the same number, 0 and -0 included, or both NaN.</summary>
    /// <param name="other">The number to compare with.</param>
    public bool Equals(BFloat16 other) => ((float)this).Equals((float)other);

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is BFloat16 other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => ((float)this).GetHashCode();

    /// <inheritdoc/>
    public override string ToString() => ((float)this).ToString(CultureInfo.CurrentCulture);

    /// <inheritdoc/>
    public string ToString(string? format, IFormatProvider? formatProvider) => ((float)this).ToString(format, formatProvider);

    /// <inheritdoc/>
    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        ((float)this).TryFormat(destination, out charsWritten, format, provider);

    internal static BFloat16 FromBits(ushort bits) => new(bits);

    internal static ushort ToBits(BFloat16 value) => value._value;
}

using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace FastAdam.Isa;

/// <summary>One lane, on every CPU: the path that all the others are compared with.</summary>
internal readonly unsafe struct ScalarVector : IVector<ScalarVector>
{
    // Bits, not a float: .NET 10's JIT turns a 16-bit load that is reinterpreted as a float into a 32-bit one, which reads two
    // bytes too many.
    private readonly uint _bits;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ScalarVector(uint bits) => _bits = bits;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ScalarVector(float value) => _bits = BitConverter.SingleToUInt32Bits(value);

    private float Value
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => BitConverter.UInt32BitsToSingle(_bits);
    }

    public static bool IsSupported => true;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 1;
    }

    private static bool HasFusedMultiplyAdd
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Fma.IsSupported || AdvSimd.IsSupported;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector Broadcast(float value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector BroadcastBits(uint bits) => new(bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector Load32(byte* source) => new(Unsafe.ReadUnaligned<uint>(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector Load16(byte* source) => new((uint)Unsafe.ReadUnaligned<ushort>(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector LoadPartial32(byte* source, int count) => count == 0 ? default : Load32(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector LoadPartial16(byte* source, int count) => count == 0 ? default : Load16(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store32(byte* destination, ScalarVector value) => Unsafe.WriteUnaligned(destination, value._bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store16(byte* destination, ScalarVector value) => Unsafe.WriteUnaligned(destination, (ushort)value._bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePartial32(byte* destination, ScalarVector value, int count)
    {
        if (count != 0)
        {
            Store32(destination, value);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePartial16(byte* destination, ScalarVector value, int count)
    {
        if (count != 0)
        {
            Store16(destination, value);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector operator +(ScalarVector left, ScalarVector right) => new(left.Value + right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector operator -(ScalarVector left, ScalarVector right) => new(left.Value - right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector operator *(ScalarVector left, ScalarVector right) => new(left.Value * right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector operator /(ScalarVector left, ScalarVector right) => new(left.Value / right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector Sqrt(ScalarVector value) => new(MathF.Sqrt(value.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector MultiplyAdd(ScalarVector left, ScalarVector right, ScalarVector addend) =>
        new(HasFusedMultiplyAdd
            ? MathF.FusedMultiplyAdd(left.Value, right.Value, addend.Value)
            : MultiplyAddInDouble(left.Value, right.Value, addend.Value));

    /// <summary>
    /// The fused multiply-add for CPUs without one. The product of two floats is exact in double; the sum is rounded to odd
    /// there (an inexact sum gets an odd last bit), after which rounding to float gives the correctly rounded result, since
    /// double has more than two bits to spare (S. Boldo, G. Melquiond, "Emulation of FMA and correctly rounded sums", 2008).
    /// </summary>
    public static float MultiplyAddInDouble(float left, float right, float addend)
    {
        double product = (double)left * right;
        double sum = product + addend;

        // Knuth's two-sum: the exact error of the sum. It is NaN, and so compares false, where the sum is infinite or NaN.
        double addendPart = sum - product;
        double error = (product - (sum - addendPart)) + (addend - addendPart);
        bool isInexact = (error < 0) | (error > 0);

        // An even last bit of an inexact sum takes one step towards the exact value: away from zero when the error has the sum's
        // sign. Without a branch, since it would be a coin toss.
        long bits = BitConverter.DoubleToInt64Bits(sum);
        long direction = ((BitConverter.DoubleToInt64Bits(error) ^ bits) >> 63) | 1;
        bits += direction & -((isInexact ? 1 : 0) & ~bits);
        return (float)BitConverter.Int64BitsToDouble(bits);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector operator &(ScalarVector left, ScalarVector right) => new(left._bits & right._bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector operator |(ScalarVector left, ScalarVector right) => new(left._bits | right._bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector operator ^(ScalarVector left, ScalarVector right) => new(left._bits ^ right._bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector operator &(ScalarVector left, uint right) => new(left._bits & right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector operator |(ScalarVector left, uint right) => new(left._bits | right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector AddBits(ScalarVector left, ScalarVector right) => new(left._bits + right._bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector AddBits(ScalarVector left, uint right) => new(left._bits + right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector ShiftLeft(ScalarVector value, [ConstantExpected(Min = 1, Max = 31)] byte count) =>
        new(value._bits << count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector ShiftRightLogical(ScalarVector value, [ConstantExpected(Min = 1, Max = 31)] byte count) =>
        new(value._bits >> count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector SelectIfLess(ScalarVector left, ScalarVector right, ScalarVector whenTrue, ScalarVector whenFalse) =>
        left.Value < right.Value ? whenTrue : whenFalse;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector SelectIfLessBits(ScalarVector left, int right, ScalarVector whenTrue, ScalarVector whenFalse) =>
        (int)left._bits < right ? whenTrue : whenFalse;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector SelectIfNaN(ScalarVector value, ScalarVector whenTrue, ScalarVector whenFalse) =>
        float.IsNaN(value.Value) ? whenTrue : whenFalse;
}

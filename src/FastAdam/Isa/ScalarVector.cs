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
#pragma warning disable CS0649 // Made by Unsafe.BitCast, as in the other instruction sets.
    private readonly uint _bits;
#pragma warning restore CS0649

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ScalarVector FromWords(int low, int high) =>
        Unsafe.BitCast<uint, ScalarVector>((uint)(high << 16) | (ushort)low);

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

    public static bool FindsFasterThanItFlushes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => false;
    }

    public static bool MultipliesFasterThanItDivides
    {
        // Without a fused multiply-add of the hardware, it is far from it.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector Broadcast(float value) => Unsafe.BitCast<float, ScalarVector>(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector BroadcastBits(uint bits) => Unsafe.BitCast<uint, ScalarVector>(bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector Load(byte* source) => Unsafe.BitCast<uint, ScalarVector>(Unsafe.ReadUnaligned<uint>(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector LoadPartial(byte* source, int count) => count == 0 ? default : Load(source);

    public static ScalarVector LoadPartialWords(byte* source, int count) => count switch
    {
        0 => default,
        1 => Unsafe.BitCast<uint, ScalarVector>((uint)Unsafe.ReadUnaligned<ushort>(source)),
        _ => Load(source),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* destination, ScalarVector value) => Unsafe.WriteUnaligned(destination, value._bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePartial(byte* destination, ScalarVector value, int count)
    {
        if (count != 0)
        {
            Store(destination, value);
        }
    }

    public static void StorePartialWords(byte* destination, ScalarVector value, int count)
    {
        if (count == 1)
        {
            Unsafe.WriteUnaligned(destination, (ushort)value._bits);
        }
        else
        {
            StorePartial(destination, value, count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector operator +(ScalarVector left, ScalarVector right) =>
        Unsafe.BitCast<float, ScalarVector>(Unsafe.BitCast<ScalarVector, float>(left) + Unsafe.BitCast<ScalarVector, float>(right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector operator -(ScalarVector left, ScalarVector right) =>
        Unsafe.BitCast<float, ScalarVector>(Unsafe.BitCast<ScalarVector, float>(left) - Unsafe.BitCast<ScalarVector, float>(right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector operator *(ScalarVector left, ScalarVector right) =>
        Unsafe.BitCast<float, ScalarVector>(Unsafe.BitCast<ScalarVector, float>(left) * Unsafe.BitCast<ScalarVector, float>(right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector operator *(ScalarVector left, float right) =>
        left * Broadcast(right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector operator /(ScalarVector left, ScalarVector right) =>
        Unsafe.BitCast<float, ScalarVector>(Unsafe.BitCast<ScalarVector, float>(left) / Unsafe.BitCast<ScalarVector, float>(right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector Sqrt(ScalarVector value) =>
        Unsafe.BitCast<float, ScalarVector>(MathF.Sqrt(Unsafe.BitCast<ScalarVector, float>(value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector MultiplyAdd(ScalarVector left, ScalarVector right, ScalarVector addend)
    {
        float a = Unsafe.BitCast<ScalarVector, float>(left);
        float b = Unsafe.BitCast<ScalarVector, float>(right);
        float c = Unsafe.BitCast<ScalarVector, float>(addend);
        return Unsafe.BitCast<float, ScalarVector>(HasFusedMultiplyAdd ? MathF.FusedMultiplyAdd(a, b, c) : MultiplyAddInDouble(a, b, c));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector MultiplyAdd(ScalarVector left, float right, float addend) =>
        MultiplyAdd(left, Broadcast(right), Broadcast(addend));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector MultiplyAddNegated(ScalarVector left, ScalarVector right, ScalarVector addend) =>
        MultiplyAdd(Unsafe.BitCast<float, ScalarVector>(-Unsafe.BitCast<ScalarVector, float>(left)), right, addend);

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
    public static ScalarVector operator &(ScalarVector left, ScalarVector right) =>
        Unsafe.BitCast<uint, ScalarVector>(left._bits & right._bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector operator |(ScalarVector left, ScalarVector right) =>
        Unsafe.BitCast<uint, ScalarVector>(left._bits | right._bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector operator ^(ScalarVector left, ScalarVector right) =>
        Unsafe.BitCast<uint, ScalarVector>(left._bits ^ right._bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector operator &(ScalarVector left, uint right) => Unsafe.BitCast<uint, ScalarVector>(left._bits & right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector operator |(ScalarVector left, uint right) => Unsafe.BitCast<uint, ScalarVector>(left._bits | right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector AndOr(ScalarVector value, uint mask, ScalarVector other) =>
        Unsafe.BitCast<uint, ScalarVector>((value._bits & mask) | other._bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector AndOr(ScalarVector value, uint mask, uint other) =>
        Unsafe.BitCast<uint, ScalarVector>((value._bits & mask) | other);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector ShiftLeft(ScalarVector value, [ConstantExpected(Min = 1, Max = 31)] byte count) =>
        Unsafe.BitCast<uint, ScalarVector>(value._bits << count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector ShiftRightLogical(ScalarVector value, [ConstantExpected(Min = 1, Max = 31)] byte count) =>
        Unsafe.BitCast<uint, ScalarVector>(value._bits >> count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector AndIfSubnormal(ScalarVector value, ScalarVector mask) =>
        (value._bits & 0x7f80_0000) == 0 ? value & mask : value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector SelectIfNaN(ScalarVector value, ScalarVector whenTrue, ScalarVector whenFalse) =>
        float.IsNaN(Unsafe.BitCast<ScalarVector, float>(value)) ? whenTrue : whenFalse;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector Min(ScalarVector left, ScalarVector right) =>
        Unsafe.BitCast<ScalarVector, float>(left) < Unsafe.BitCast<ScalarVector, float>(right) ? left : right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector Max(ScalarVector left, ScalarVector right) =>
        Unsafe.BitCast<ScalarVector, float>(left) > Unsafe.BitCast<ScalarVector, float>(right) ? left : right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int CountEqual(ScalarVector left, ScalarVector right) => left._bits == right._bits ? 1 : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AnyNaN(ScalarVector left, ScalarVector right) =>
        float.IsNaN(Unsafe.BitCast<ScalarVector, float>(left)) || float.IsNaN(Unsafe.BitCast<ScalarVector, float>(right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AnyNaNOrSubnormal(ScalarVector left, ScalarVector right) => AnyNaN(left, right)
        || float.IsSubnormal(Unsafe.BitCast<ScalarVector, float>(left)) || float.IsSubnormal(Unsafe.BitCast<ScalarVector, float>(right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector UpperWords(ScalarVector first, ScalarVector second) =>
        AndOr(second, 0xffff_0000, ShiftRightLogical(first, 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector LowerWords(ScalarVector first, ScalarVector second) =>
        AndOr(first, 0x0000_ffff, ShiftLeft(second, 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector InterleaveWords(ScalarVector value) => value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector DeinterleaveWords(ScalarVector value) => value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector AddWords(ScalarVector left, ScalarVector right) =>
        Unsafe.BitCast<uint, ScalarVector>(
            ((left._bits & 0x7fff_7fff) + (right._bits & 0x7fff_7fff)) ^ ((left._bits ^ right._bits) & 0x8000_8000));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector AddWords(ScalarVector left, ushort right) =>
        AddWords(left, BroadcastBits(right * 0x0001_0001u));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector SubtractSaturateWords(ScalarVector left, ushort right) =>
        FromWords(Math.Max((ushort)left._bits - right, 0), Math.Max((int)(left._bits >> 16) - right, 0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector ShiftLeftWords(ScalarVector value, [ConstantExpected(Min = 1, Max = 15)] byte count) =>
        Unsafe.BitCast<uint, ScalarVector>((value._bits & ((0xffffu >> count) * 0x0001_0001u)) << count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector IncrementWordsIfAbove(ScalarVector value, ScalarVector other, ushort bound) =>
        AddWords(value, FromWords((ushort)other._bits > bound ? 1 : 0, other._bits >> 16 > bound ? 1 : 0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AnyWordAbove(ScalarVector value, ushort bound) =>
        (ushort)value._bits > bound || value._bits >> 16 > bound;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector AddBits(ScalarVector left, ScalarVector right) =>
        Unsafe.BitCast<uint, ScalarVector>(left._bits + right._bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector MaxBits(ScalarVector left, ScalarVector right) => left._bits > right._bits ? left : right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint HighestBits(ScalarVector value) => value._bits;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ZipWords(ScalarVector lower, ScalarVector upper, out ScalarVector first, out ScalarVector second)
    {
        first = LowerWords(lower, upper);
        second = UpperWords(lower, upper);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void UnzipWords(ScalarVector first, ScalarVector second, out ScalarVector lower, out ScalarVector upper) =>
        ZipWords(first, second, out lower, out upper);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector LoadSignedBytes(byte* source) => Broadcast((sbyte)*source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector LoadUnsignedBytes(byte* source) => Broadcast(*source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreLowestBytes(byte* destination, ScalarVector first, ScalarVector second)
    {
        destination[0] = (byte)first._bits;
        destination[1] = (byte)second._bits;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSecondBytes(byte* destination, ScalarVector first, ScalarVector second)
    {
        destination[0] = (byte)(first._bits >> 8);
        destination[1] = (byte)(second._bits >> 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(byte* address)
    {
    }

    public static void MakeRandomWords(in RandomStream stream, ulong element, uint* words) =>
        Philox<Lanes64>.Make(stream, element, words);
}

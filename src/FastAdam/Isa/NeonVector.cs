using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using Register = System.Runtime.Intrinsics.Vector128<float>;

namespace FastAdam.Isa;

/// <summary>Four lanes of NEON (AArch64 Advanced SIMD, in the baseline of every arm64 CPU).</summary>
internal readonly unsafe struct NeonVector : IVector<NeonVector>
{
    // Made by Unsafe.BitCast: the JIT would have to inline a constructor with every operation, and stops when there are too many.
#pragma warning disable CS0649
    private readonly Register _value;
#pragma warning restore CS0649

    public static bool IsSupported
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => AdvSimd.Arm64.IsSupported;
    }

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 4;
    }

    public static bool FindsFasterThanItFlushes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => false;
    }

    public static bool MultipliesFasterThanItDivides
    {
        // Not measured yet on such a CPU.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector Broadcast(float value) => Unsafe.BitCast<Register, NeonVector>(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector BroadcastBits(uint bits) =>
        Unsafe.BitCast<Register, NeonVector>(Vector128.Create(bits).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector Load(byte* source) =>
        Unsafe.BitCast<Register, NeonVector>(AdvSimd.LoadVector128((float*)source));

    public static NeonVector LoadPartial(byte* source, int count)
    {
        Vector128<float> elements = default;
        PartialCopy.Lanes((byte*)&elements, source, count);
        return Unsafe.BitCast<Register, NeonVector>(elements);
    }

    public static NeonVector LoadPartialWords(byte* source, int count)
    {
        Vector128<float> words = default;
        PartialCopy.Words((byte*)&words, source, count);
        return Unsafe.BitCast<Register, NeonVector>(words);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* destination, NeonVector value) => AdvSimd.Store((float*)destination, value._value);

    public static void StorePartial(byte* destination, NeonVector value, int count) =>
        PartialCopy.Lanes(destination, (byte*)&value, count);

    public static void StorePartialWords(byte* destination, NeonVector value, int count) =>
        PartialCopy.Words(destination, (byte*)&value, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector operator +(NeonVector left, NeonVector right) =>
        Unsafe.BitCast<Register, NeonVector>(AdvSimd.Add(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector operator -(NeonVector left, NeonVector right) =>
        Unsafe.BitCast<Register, NeonVector>(AdvSimd.Subtract(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector operator *(NeonVector left, NeonVector right) =>
        Unsafe.BitCast<Register, NeonVector>(AdvSimd.Multiply(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector operator *(NeonVector left, float right) =>
        Unsafe.BitCast<Register, NeonVector>(AdvSimd.Multiply(left._value, Vector128.Create(right)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector operator /(NeonVector left, NeonVector right) =>
        Unsafe.BitCast<Register, NeonVector>(AdvSimd.Arm64.Divide(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector Sqrt(NeonVector value) =>
        Unsafe.BitCast<Register, NeonVector>(AdvSimd.Arm64.Sqrt(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector MultiplyAdd(NeonVector left, NeonVector right, NeonVector addend) =>
        Unsafe.BitCast<Register, NeonVector>(AdvSimd.FusedMultiplyAdd(addend._value, left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector MultiplyAdd(NeonVector left, float right, float addend) =>
        Unsafe.BitCast<Register, NeonVector>(AdvSimd.FusedMultiplyAdd(
            Vector128.Create(addend), left._value, Vector128.Create(right)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector MultiplyAddNegated(NeonVector left, NeonVector right, NeonVector addend) =>
        Unsafe.BitCast<Register, NeonVector>(AdvSimd.FusedMultiplySubtract(addend._value, left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector Min(NeonVector left, NeonVector right) =>
        Unsafe.BitCast<Register, NeonVector>(AdvSimd.BitwiseSelect(
            AdvSimd.CompareLessThan(left._value, right._value), left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector Max(NeonVector left, NeonVector right) =>
        Unsafe.BitCast<Register, NeonVector>(AdvSimd.BitwiseSelect(
            AdvSimd.CompareGreaterThan(left._value, right._value), left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector operator &(NeonVector left, NeonVector right) =>
        Unsafe.BitCast<Register, NeonVector>(AdvSimd.And(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector operator |(NeonVector left, NeonVector right) =>
        Unsafe.BitCast<Register, NeonVector>(AdvSimd.Or(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector operator ^(NeonVector left, NeonVector right) =>
        Unsafe.BitCast<Register, NeonVector>(AdvSimd.Xor(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector operator &(NeonVector left, uint right) =>
        Unsafe.BitCast<Register, NeonVector>(AdvSimd.And(left._value.AsUInt32(), Vector128.Create(right)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector operator |(NeonVector left, uint right) =>
        Unsafe.BitCast<Register, NeonVector>(AdvSimd.Or(left._value.AsUInt32(), Vector128.Create(right)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector AndOr(NeonVector value, uint mask, NeonVector other) =>
        Unsafe.BitCast<Register, NeonVector>(AdvSimd.Or(
            AdvSimd.And(value._value.AsUInt32(), Vector128.Create(mask)), other._value.AsUInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector AndOr(NeonVector value, uint mask, uint other) =>
        Unsafe.BitCast<Register, NeonVector>(AdvSimd.Or(
            AdvSimd.And(value._value.AsUInt32(), Vector128.Create(mask)), Vector128.Create(other)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector ShiftLeft(NeonVector value, [ConstantExpected(Min = 1, Max = 31)] byte count) =>
        Unsafe.BitCast<Register, NeonVector>(AdvSimd.ShiftLeftLogical(value._value.AsUInt32(), count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector ShiftRightLogical(NeonVector value, [ConstantExpected(Min = 1, Max = 31)] byte count) =>
        Unsafe.BitCast<Register, NeonVector>(AdvSimd.ShiftRightLogical(value._value.AsUInt32(), count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector AndIfSubnormal(NeonVector value, NeonVector mask)
    {
        Vector128<int> isNormal = AdvSimd.CompareTest(value._value.AsInt32(), Vector128.Create(0x7f80_0000));
        return Unsafe.BitCast<Register, NeonVector>(AdvSimd.And(value._value, AdvSimd.Or(isNormal.AsSingle(), mask._value)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector SelectIfNaN(NeonVector value, NeonVector whenTrue, NeonVector whenFalse) =>
        Unsafe.BitCast<Register, NeonVector>(AdvSimd.BitwiseSelect(
            AdvSimd.CompareEqual(value._value, value._value), whenFalse._value, whenTrue._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int CountEqual(NeonVector left, NeonVector right) => BitOperations.PopCount(
        Vector128.Equals(left._value.AsInt32(), right._value.AsInt32()).ExtractMostSignificantBits());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AnyNaN(NeonVector left, NeonVector right)
    {
        Vector128<float> areNumbers = AdvSimd.And(
            AdvSimd.CompareEqual(left._value, left._value), AdvSimd.CompareEqual(right._value, right._value));
        return AdvSimd.Arm64.MinAcross(areNumbers.AsUInt32()).ToScalar() == 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AnyNaNOrSubnormal(NeonVector left, NeonVector right) => AnyNaN(left, right)
        || (Vector128.IsSubnormal(left._value) | Vector128.IsSubnormal(right._value)).ExtractMostSignificantBits() != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector UpperWords(NeonVector first, NeonVector second) => Unsafe.BitCast<Register, NeonVector>(
        AdvSimd.Arm64.TransposeOdd(first._value.AsUInt16(), second._value.AsUInt16()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector LowerWords(NeonVector first, NeonVector second) => Unsafe.BitCast<Register, NeonVector>(
        AdvSimd.Arm64.TransposeEven(first._value.AsUInt16(), second._value.AsUInt16()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector InterleaveWords(NeonVector value)
    {
        Vector128<ushort> words = value._value.AsUInt16();
        return Unsafe.BitCast<Register, NeonVector>(AdvSimd.Arm64.ZipLow(
            words, AdvSimd.ExtractVector128(words, words, 4)).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector DeinterleaveWords(NeonVector value)
    {
        Vector128<ushort> words = value._value.AsUInt16();
        return Unsafe.BitCast<Register, NeonVector>(Vector128.Create(
            AdvSimd.Arm64.UnzipEven(words, words).GetLower(), AdvSimd.Arm64.UnzipOdd(words, words).GetLower()).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector AddWords(NeonVector left, NeonVector right) =>
        Unsafe.BitCast<Register, NeonVector>(AdvSimd.Add(left._value.AsUInt16(), right._value.AsUInt16()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector AddWords(NeonVector left, ushort right) =>
        Unsafe.BitCast<Register, NeonVector>(AdvSimd.Add(left._value.AsUInt16(), Vector128.Create(right)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector SubtractSaturateWords(NeonVector left, ushort right) =>
        Unsafe.BitCast<Register, NeonVector>(AdvSimd.SubtractSaturate(left._value.AsUInt16(), Vector128.Create(right)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector ShiftLeftWords(NeonVector value, [ConstantExpected(Min = 1, Max = 15)] byte count) =>
        Unsafe.BitCast<Register, NeonVector>(AdvSimd.ShiftLeftLogical(value._value.AsUInt16(), count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector IncrementWordsIfAbove(NeonVector value, NeonVector other, ushort bound) =>
        Unsafe.BitCast<Register, NeonVector>(AdvSimd.Subtract(
            value._value.AsUInt16(), AdvSimd.CompareGreaterThan(other._value.AsUInt16(), Vector128.Create(bound))).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AnyWordAbove(NeonVector value, ushort bound) =>
        AdvSimd.Arm64.MaxAcross(value._value.AsUInt16()).ToScalar() > bound;
}

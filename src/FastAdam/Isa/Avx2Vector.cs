using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Register = System.Runtime.Intrinsics.Vector256<float>;

namespace FastAdam.Isa;

/// <summary>Eight lanes of AVX2 with FMA.</summary>
internal readonly unsafe struct Avx2Vector : IVector<Avx2Vector>
{
    // Made by Unsafe.BitCast: the JIT would have to inline a constructor with every operation, and stops when there are too many.
#pragma warning disable CS0649
    private readonly Register _value;
#pragma warning restore CS0649

    public static bool IsSupported
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Avx2.IsSupported && Fma.IsSupported;
    }

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 8;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> FirstLanes(int count) =>
        Avx2.CompareGreaterThan(Vector256.Create(count), Vector256<int>.Indices);

    // Of VPBLENDW, for each 128 bits.
    private const byte OddWords = 0b1010_1010;

    public static bool FindsFasterThanItFlushes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => false;
    }

    public static bool MultipliesFasterThanItDivides
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector Broadcast(float value) => Unsafe.BitCast<Register, Avx2Vector>(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector BroadcastBits(uint bits) =>
        Unsafe.BitCast<Register, Avx2Vector>(Vector256.Create((int)bits).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector Load(byte* source) => Unsafe.BitCast<Register, Avx2Vector>(Avx.LoadVector256((float*)source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector LoadPartial(byte* source, int count) =>
        Unsafe.BitCast<Register, Avx2Vector>(Avx2.MaskLoad((int*)source, FirstLanes(count)).AsSingle());

    public static Avx2Vector LoadPartialWords(byte* source, int count)
    {
        Vector256<float> words = default;
        PartialCopy.Words((byte*)&words, source, count);
        return Unsafe.BitCast<Register, Avx2Vector>(words);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* destination, Avx2Vector value) => Avx.Store((float*)destination, value._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePartial(byte* destination, Avx2Vector value, int count) =>
        Avx2.MaskStore((int*)destination, FirstLanes(count), value._value.AsInt32());

    public static void StorePartialWords(byte* destination, Avx2Vector value, int count) =>
        PartialCopy.Words(destination, (byte*)&value, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector operator +(Avx2Vector left, Avx2Vector right) =>
        Unsafe.BitCast<Register, Avx2Vector>(Avx.Add(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector operator -(Avx2Vector left, Avx2Vector right) =>
        Unsafe.BitCast<Register, Avx2Vector>(Avx.Subtract(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector operator *(Avx2Vector left, Avx2Vector right) =>
        Unsafe.BitCast<Register, Avx2Vector>(Avx.Multiply(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector operator *(Avx2Vector left, float right) =>
        Unsafe.BitCast<Register, Avx2Vector>(Avx.Multiply(left._value, Vector256.Create(right)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector operator /(Avx2Vector left, Avx2Vector right) =>
        Unsafe.BitCast<Register, Avx2Vector>(Avx.Divide(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector Sqrt(Avx2Vector value) => Unsafe.BitCast<Register, Avx2Vector>(Avx.Sqrt(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector MultiplyAdd(Avx2Vector left, Avx2Vector right, Avx2Vector addend) =>
        Unsafe.BitCast<Register, Avx2Vector>(Fma.MultiplyAdd(left._value, right._value, addend._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector MultiplyAdd(Avx2Vector left, float right, float addend) =>
        Unsafe.BitCast<Register, Avx2Vector>(Fma.MultiplyAdd(
            left._value, Vector256.Create(right), Vector256.Create(addend)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector MultiplyAddNegated(Avx2Vector left, Avx2Vector right, Avx2Vector addend) =>
        Unsafe.BitCast<Register, Avx2Vector>(Fma.MultiplyAddNegated(left._value, right._value, addend._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector Min(Avx2Vector left, Avx2Vector right) =>
        Unsafe.BitCast<Register, Avx2Vector>(Avx.Min(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector Max(Avx2Vector left, Avx2Vector right) =>
        Unsafe.BitCast<Register, Avx2Vector>(Avx.Max(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector operator &(Avx2Vector left, Avx2Vector right) =>
        Unsafe.BitCast<Register, Avx2Vector>(Avx.And(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector operator |(Avx2Vector left, Avx2Vector right) =>
        Unsafe.BitCast<Register, Avx2Vector>(Avx.Or(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector operator ^(Avx2Vector left, Avx2Vector right) =>
        Unsafe.BitCast<Register, Avx2Vector>(Avx.Xor(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector operator &(Avx2Vector left, uint right) =>
        Unsafe.BitCast<Register, Avx2Vector>(Avx2.And(left._value.AsUInt32(), Vector256.Create(right)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector operator |(Avx2Vector left, uint right) =>
        Unsafe.BitCast<Register, Avx2Vector>(Avx2.Or(left._value.AsUInt32(), Vector256.Create(right)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector AndOr(Avx2Vector value, uint mask, Avx2Vector other) =>
        Unsafe.BitCast<Register, Avx2Vector>(Avx2.Or(
            Avx2.And(value._value.AsUInt32(), Vector256.Create(mask)), other._value.AsUInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector AndOr(Avx2Vector value, uint mask, uint other) =>
        Unsafe.BitCast<Register, Avx2Vector>(Avx2.Or(
            Avx2.And(value._value.AsUInt32(), Vector256.Create(mask)), Vector256.Create(other)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector ShiftLeft(Avx2Vector value, [ConstantExpected(Min = 1, Max = 31)] byte count) =>
        Unsafe.BitCast<Register, Avx2Vector>(Avx2.ShiftLeftLogical(value._value.AsInt32(), count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector ShiftRightLogical(Avx2Vector value, [ConstantExpected(Min = 1, Max = 31)] byte count) =>
        Unsafe.BitCast<Register, Avx2Vector>(Avx2.ShiftRightLogical(value._value.AsInt32(), count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector AndIfSubnormal(Avx2Vector value, Avx2Vector mask)
    {
        Vector256<int> isSubnormal = Avx2.CompareEqual(
            Avx2.And(value._value.AsInt32(), Vector256.Create(0x7f80_0000)), Vector256<int>.Zero);
        return Unsafe.BitCast<Register, Avx2Vector>(Avx.BlendVariable(
            value._value, Avx.And(value._value, mask._value), isSubnormal.AsSingle()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector SelectIfNaN(Avx2Vector value, Avx2Vector whenTrue, Avx2Vector whenFalse) =>
        Unsafe.BitCast<Register, Avx2Vector>(Avx.BlendVariable(
            whenFalse._value, whenTrue._value, Avx.CompareUnordered(value._value, value._value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int CountEqual(Avx2Vector left, Avx2Vector right) => BitOperations.PopCount(
        Vector256.Equals(left._value.AsInt32(), right._value.AsInt32()).ExtractMostSignificantBits());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AnyNaN(Avx2Vector left, Avx2Vector right) =>
        Avx.MoveMask(Avx.CompareUnordered(left._value, right._value)) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AnyNaNOrSubnormal(Avx2Vector left, Avx2Vector right) => AnyNaN(left, right)
        || (Vector256.IsSubnormal(left._value) | Vector256.IsSubnormal(right._value)).ExtractMostSignificantBits() != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector UpperWords(Avx2Vector first, Avx2Vector second) => Unsafe.BitCast<Register, Avx2Vector>(Avx2.Blend(
        Avx2.ShiftRightLogical(first._value.AsInt32(), 16).AsUInt16(), second._value.AsUInt16(), OddWords).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector LowerWords(Avx2Vector first, Avx2Vector second) => Unsafe.BitCast<Register, Avx2Vector>(Avx2.Blend(
        first._value.AsUInt16(), Avx2.ShiftLeftLogical(second._value.AsInt32(), 16).AsUInt16(), OddWords).AsSingle());

    // The halves' quarters are brought together first: words move freely only within 128 bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector InterleaveWords(Avx2Vector value) => Unsafe.BitCast<Register, Avx2Vector>(Avx2.Shuffle(
        Avx2.Permute4x64(value._value.AsInt64(), 0b11_01_10_00).AsByte(),
        Vector256.Create(
            0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15,
            0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, (byte)15)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector DeinterleaveWords(Avx2Vector value) => Unsafe.BitCast<Register, Avx2Vector>(Avx2.Permute4x64(
        Avx2.Shuffle(
            value._value.AsByte(),
            Vector256.Create(
                0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15,
                0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, (byte)15)).AsInt64(),
        0b11_01_10_00).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector AddWords(Avx2Vector left, Avx2Vector right) =>
        Unsafe.BitCast<Register, Avx2Vector>(Avx2.Add(left._value.AsUInt16(), right._value.AsUInt16()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector AddWords(Avx2Vector left, ushort right) =>
        Unsafe.BitCast<Register, Avx2Vector>(Avx2.Add(left._value.AsUInt16(), Vector256.Create(right)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector SubtractSaturateWords(Avx2Vector left, ushort right) =>
        Unsafe.BitCast<Register, Avx2Vector>(Avx2.SubtractSaturate(left._value.AsUInt16(), Vector256.Create(right)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector ShiftLeftWords(Avx2Vector value, [ConstantExpected(Min = 1, Max = 15)] byte count) =>
        Unsafe.BitCast<Register, Avx2Vector>(Avx2.ShiftLeftLogical(value._value.AsUInt16(), count).AsSingle());

    // What is above the bound leaves something when the bound is taken from it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector IncrementWordsIfAbove(Avx2Vector value, Avx2Vector other, ushort bound)
    {
        Vector256<ushort> isNotAbove = Avx2.CompareEqual(
            Avx2.SubtractSaturate(other._value.AsUInt16(), Vector256.Create(bound)), Vector256<ushort>.Zero);
        return Unsafe.BitCast<Register, Avx2Vector>(Avx2.Add(
            Avx2.Add(value._value.AsUInt16(), Vector256.Create((ushort)1)), isNotAbove).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AnyWordAbove(Avx2Vector value, ushort bound)
    {
        Vector256<ushort> excess = Avx2.SubtractSaturate(value._value.AsUInt16(), Vector256.Create(bound));
        return !Avx.TestZ(excess, excess);
    }
}

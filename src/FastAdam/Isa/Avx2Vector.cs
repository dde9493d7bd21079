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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector AddBits(Avx2Vector left, Avx2Vector right) =>
        Unsafe.BitCast<Register, Avx2Vector>(Avx2.Add(left._value.AsUInt32(), right._value.AsUInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector MaxBits(Avx2Vector left, Avx2Vector right) =>
        Unsafe.BitCast<Register, Avx2Vector>(Avx2.Max(left._value.AsUInt32(), right._value.AsUInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint HighestBits(Avx2Vector value)
    {
        Vector128<uint> four = Sse41.Max(value._value.GetLower().AsUInt32(), value._value.GetUpper().AsUInt32());
        four = Sse41.Max(four, Sse2.Shuffle(four, 0b01_00_11_10));
        return Sse41.Max(four, Sse2.Shuffle(four, 0b10_11_00_01)).ToScalar();
    }

    // Words are unpacked within 128 bits, so the quarters are brought in order first.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ZipWords(Avx2Vector lower, Avx2Vector upper, out Avx2Vector first, out Avx2Vector second)
    {
        Vector256<ushort> low = Avx2.Permute4x64(lower._value.AsUInt64(), 0b11_01_10_00).AsUInt16();
        Vector256<ushort> high = Avx2.Permute4x64(upper._value.AsUInt64(), 0b11_01_10_00).AsUInt16();
        first = Unsafe.BitCast<Register, Avx2Vector>(Avx2.UnpackLow(low, high).AsSingle());
        second = Unsafe.BitCast<Register, Avx2Vector>(Avx2.UnpackHigh(low, high).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void UnzipWords(Avx2Vector first, Avx2Vector second, out Avx2Vector lower, out Avx2Vector upper)
    {
        Vector256<uint> mask = Vector256.Create(0xffffu);
        lower = Packed(Avx2.And(first._value.AsUInt32(), mask), Avx2.And(second._value.AsUInt32(), mask));
        upper = Packed(Avx2.ShiftRightLogical(first._value.AsUInt32(), 16), Avx2.ShiftRightLogical(second._value.AsUInt32(), 16));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Avx2Vector Packed(Vector256<uint> first, Vector256<uint> second) => Unsafe.BitCast<Register, Avx2Vector>(
        Avx2.Permute4x64(Avx2.PackUnsignedSaturate(first.AsInt32(), second.AsInt32()).AsUInt64(), 0b11_01_10_00).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector LoadSignedBytes(byte* source) => Unsafe.BitCast<Register, Avx2Vector>(
        Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32((sbyte*)source)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector LoadUnsignedBytes(byte* source) => Unsafe.BitCast<Register, Avx2Vector>(
        Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32(source)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreLowestBytes(byte* destination, Avx2Vector first, Avx2Vector second)
    {
        Vector256<int> mask = Vector256.Create(0xff);
        StoreBytes(destination, Avx2.And(first._value.AsInt32(), mask), Avx2.And(second._value.AsInt32(), mask));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSecondBytes(byte* destination, Avx2Vector first, Avx2Vector second)
    {
        Vector256<int> mask = Vector256.Create(0xff);
        StoreBytes(
            destination,
            Avx2.And(Avx2.ShiftRightLogical(first._value.AsInt32(), 8), mask),
            Avx2.And(Avx2.ShiftRightLogical(second._value.AsInt32(), 8), mask));
    }

    // The first pack takes turns between its operands every 128 bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreBytes(byte* destination, Vector256<int> first, Vector256<int> second)
    {
        Vector256<short> words = Avx2.PackUnsignedSaturate(first, second).AsInt16();
        Vector128<int> bytes = Sse2.PackUnsignedSaturate(words.GetLower(), words.GetUpper()).AsInt32();
        Sse2.Store(destination, Sse2.Shuffle(bytes, 0b11_01_10_00).AsByte());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(byte* address) => Sse.Prefetch0(address);

    public static void MakeRandomWords(in RandomStream stream, ulong element, uint* words) =>
        Philox<Lanes256>.Make(stream, element, words);
}

/// <summary>Four lanes of AVX2.</summary>
internal readonly unsafe struct Lanes256(Vector256<ulong> value) : ILanes64<Lanes256>
{
    private readonly Vector256<ulong> _value = value;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 4;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Broadcast(uint value) => new(Vector256.Create((ulong)value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Consecutive(uint value) => new(Avx2.Add(Vector256.Create((ulong)value), Vector256<ulong>.Indices));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Xor(Lanes256 first, Lanes256 second, Lanes256 third) =>
        new(Avx2.Xor(first._value, Avx2.Xor(second._value, third._value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Multiply(Lanes256 left, uint right) =>
        new(Avx2.Multiply(left._value.AsUInt32(), Vector256.Create((ulong)right).AsUInt32()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 ShiftRight32(Lanes256 value) => new(Avx2.ShiftRightLogical(value._value, 32));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Join(Lanes256 lower, Lanes256 upper) => new(Avx2.Or(
        Avx2.And(lower._value, Vector256.Create(0xffff_fffful)), Avx2.ShiftLeftLogical(upper._value, 32)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreUpperWords(uint* destination, Lanes256 value) =>
        Avx.Store(destination, Avx2.ShiftRightLogical(value._value.AsUInt32(), 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreLowerWords(uint* destination, Lanes256 value) =>
        Avx.Store(destination, Avx2.And(value._value.AsUInt32(), Vector256.Create(0xffffu)));
}

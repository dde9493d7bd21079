using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Register = System.Runtime.Intrinsics.Vector512<float>;

namespace FastAdam.Isa;

/// <summary>Sixteen lanes of AVX-512 (F, BW, DQ and VL).</summary>
internal readonly unsafe struct Avx512Vector : IVector<Avx512Vector>
{
    // Made by Unsafe.BitCast: the JIT would have to inline a constructor with every operation, and stops when there are too many.
#pragma warning disable CS0649
    private readonly Register _value;
#pragma warning restore CS0649

    // Of VFPCLASSPS: subnormal and not zero, which the mask does not change; that, or a quiet or signalling NaN.
    private const byte IsSubnormal = 0x20;
    private const byte IsNaNOrSubnormal = 0xa1;

    private static Vector512<ushort> Interleaved
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(
            0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23, 8, 24, 9, 25,
            10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, (ushort)31);
    }

    // Places of two registers, from 32 on of the second.
    private static Vector512<ushort> Upper
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(
            1, 33, 3, 35, 5, 37, 7, 39, 9, 41, 11, 43, 13, 45, 15, 47, 17, 49, 19, 51, 21, 53, 23, 55, 25, 57,
            27, 59, 29, 61, 31, (ushort)63);
    }

    private static Vector512<ushort> Lower
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(
            0, 32, 2, 34, 4, 36, 6, 38, 8, 40, 10, 42, 12, 44, 14, 46, 16, 48, 18, 50, 20, 52, 22, 54, 24, 56,
            26, 58, 28, 60, 30, (ushort)62);
    }

    private static Vector512<ushort> Deinterleaved
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(
            0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30,
            1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, (ushort)31);
    }

    // The first sixteen words of two registers in turns, and the others.
    private static Vector512<ushort> FirstZipped
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(
            0, 32, 1, 33, 2, 34, 3, 35, 4, 36, 5, 37, 6, 38, 7, 39, 8, 40, 9, 41, 10, 42, 11, 43, 12, 44, 13, 45,
            14, 46, 15, (ushort)47);
    }

    private static Vector512<ushort> SecondZipped
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(
            16, 48, 17, 49, 18, 50, 19, 51, 20, 52, 21, 53, 22, 54, 23, 55, 24, 56, 25, 57, 26, 58, 27, 59, 28,
            60, 29, 61, 30, 62, 31, (ushort)63);
    }

    // What a lane has in its lower half and in its upper one, of two registers.
    private static Vector512<ushort> EvenWords
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(
            0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 40, 42, 44, 46, 48, 50, 52,
            54, 56, 58, 60, (ushort)62);
    }

    private static Vector512<ushort> OddWords
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(
            1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31, 33, 35, 37, 39, 41, 43, 45, 47, 49, 51, 53,
            55, 57, 59, 61, (ushort)63);
    }

    // The lowest byte of each lane of two registers.
    private static Vector512<byte> LowestBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(
            0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60, 64, 68, 72, 76, 80, 84, 88, 92, 96, 100,
            104, 108, 112, 116, 120, 124, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            0, 0, 0, 0, 0, 0, 0, (byte)0);
    }

    public static bool IsSupported
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Avx512F.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported && Avx512BW.VL.IsSupported;
    }

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 16;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> FirstLanes(int count) =>
        Avx512F.CompareGreaterThan(Vector512.Create(count), Vector512<int>.Indices);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> FirstWords(int count) =>
        Avx512BW.CompareGreaterThan(Vector512.Create((short)count), Vector512<short>.Indices);

    public static bool FindsFasterThanItFlushes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => true;
    }

    public static bool MultipliesFasterThanItDivides
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector Broadcast(float value) => Unsafe.BitCast<Register, Avx512Vector>(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector BroadcastBits(uint bits) =>
        Unsafe.BitCast<Register, Avx512Vector>(Vector512.Create((int)bits).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector Load(byte* source) =>
        Unsafe.BitCast<Register, Avx512Vector>(Avx512F.LoadVector512((float*)source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector LoadPartial(byte* source, int count) =>
        Unsafe.BitCast<Register, Avx512Vector>(Avx512F.MaskLoad((int*)source, FirstLanes(count), Vector512<int>.Zero).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector LoadPartialWords(byte* source, int count) =>
        Unsafe.BitCast<Register, Avx512Vector>(Avx512BW.MaskLoad(
            (short*)source, FirstWords(count), Vector512<short>.Zero).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* destination, Avx512Vector value) => Avx512F.Store((float*)destination, value._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePartial(byte* destination, Avx512Vector value, int count) =>
        Avx512F.MaskStore((int*)destination, FirstLanes(count), value._value.AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePartialWords(byte* destination, Avx512Vector value, int count) =>
        Avx512BW.MaskStore((short*)destination, FirstWords(count), value._value.AsInt16());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector operator +(Avx512Vector left, Avx512Vector right) =>
        Unsafe.BitCast<Register, Avx512Vector>(Avx512F.Add(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector operator -(Avx512Vector left, Avx512Vector right) =>
        Unsafe.BitCast<Register, Avx512Vector>(Avx512F.Subtract(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector operator *(Avx512Vector left, Avx512Vector right) =>
        Unsafe.BitCast<Register, Avx512Vector>(Avx512F.Multiply(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector operator *(Avx512Vector left, float right) =>
        Unsafe.BitCast<Register, Avx512Vector>(Avx512F.Multiply(left._value, Vector512.Create(right)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector operator /(Avx512Vector left, Avx512Vector right) =>
        Unsafe.BitCast<Register, Avx512Vector>(Avx512F.Divide(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector Sqrt(Avx512Vector value) =>
        Unsafe.BitCast<Register, Avx512Vector>(Avx512F.Sqrt(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector MultiplyAdd(Avx512Vector left, Avx512Vector right, Avx512Vector addend) =>
        Unsafe.BitCast<Register, Avx512Vector>(Avx512F.FusedMultiplyAdd(left._value, right._value, addend._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector MultiplyAdd(Avx512Vector left, float right, float addend) =>
        Unsafe.BitCast<Register, Avx512Vector>(Avx512F.FusedMultiplyAdd(
            left._value, Vector512.Create(right), Vector512.Create(addend)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector MultiplyAddNegated(Avx512Vector left, Avx512Vector right, Avx512Vector addend) =>
        Unsafe.BitCast<Register, Avx512Vector>(Avx512F.FusedMultiplyAddNegated(left._value, right._value, addend._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector Min(Avx512Vector left, Avx512Vector right) =>
        Unsafe.BitCast<Register, Avx512Vector>(Avx512F.Min(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector Max(Avx512Vector left, Avx512Vector right) =>
        Unsafe.BitCast<Register, Avx512Vector>(Avx512F.Max(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector operator &(Avx512Vector left, Avx512Vector right) =>
        Unsafe.BitCast<Register, Avx512Vector>(Avx512DQ.And(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector operator |(Avx512Vector left, Avx512Vector right) =>
        Unsafe.BitCast<Register, Avx512Vector>(Avx512DQ.Or(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector operator ^(Avx512Vector left, Avx512Vector right) =>
        Unsafe.BitCast<Register, Avx512Vector>(Avx512DQ.Xor(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector operator &(Avx512Vector left, uint right) =>
        Unsafe.BitCast<Register, Avx512Vector>(Avx512F.And(left._value.AsUInt32(), Vector512.Create(right)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector operator |(Avx512Vector left, uint right) =>
        Unsafe.BitCast<Register, Avx512Vector>(Avx512F.Or(left._value.AsUInt32(), Vector512.Create(right)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector AndOr(Avx512Vector value, uint mask, Avx512Vector other) =>
        Unsafe.BitCast<Register, Avx512Vector>(Avx512F.TernaryLogic(
            value._value.AsUInt32(), Vector512.Create(mask), other._value.AsUInt32(), 0b1110_1010).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector AndOr(Avx512Vector value, uint mask, uint other) =>
        Unsafe.BitCast<Register, Avx512Vector>(Avx512F.TernaryLogic(
            value._value.AsUInt32(), Vector512.Create(mask), Vector512.Create(other), 0b1110_1010).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector ShiftLeft(Avx512Vector value, [ConstantExpected(Min = 1, Max = 31)] byte count) =>
        Unsafe.BitCast<Register, Avx512Vector>(Avx512F.ShiftLeftLogical(value._value.AsInt32(), count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector ShiftRightLogical(Avx512Vector value, [ConstantExpected(Min = 1, Max = 31)] byte count) =>
        Unsafe.BitCast<Register, Avx512Vector>(Avx512F.ShiftRightLogical(value._value.AsInt32(), count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector AndIfSubnormal(Avx512Vector value, Avx512Vector mask) =>
        Unsafe.BitCast<Register, Avx512Vector>(Vector512.ConditionalSelect(
            Avx512DQ.Classify(value._value, IsSubnormal), Avx512DQ.And(value._value, mask._value), value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector SelectIfNaN(Avx512Vector value, Avx512Vector whenTrue, Avx512Vector whenFalse) =>
        Unsafe.BitCast<Register, Avx512Vector>(Avx512F.BlendVariable(
            whenFalse._value, whenTrue._value, Avx512F.CompareUnordered(value._value, value._value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int CountEqual(Avx512Vector left, Avx512Vector right) => BitOperations.PopCount(
        Vector512.Equals(left._value.AsInt32(), right._value.AsInt32()).ExtractMostSignificantBits());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AnyNaN(Avx512Vector left, Avx512Vector right) =>
        Avx512F.CompareUnordered(left._value, right._value).ExtractMostSignificantBits() != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AnyNaNOrSubnormal(Avx512Vector left, Avx512Vector right) =>
        (Avx512DQ.Classify(left._value, IsNaNOrSubnormal) | Avx512DQ.Classify(right._value, IsNaNOrSubnormal))
            .ExtractMostSignificantBits() != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector UpperWords(Avx512Vector first, Avx512Vector second) => Unsafe.BitCast<Register, Avx512Vector>(
        Avx512BW.PermuteVar32x16x2(first._value.AsUInt16(), Upper, second._value.AsUInt16()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector LowerWords(Avx512Vector first, Avx512Vector second) => Unsafe.BitCast<Register, Avx512Vector>(
        Avx512BW.PermuteVar32x16x2(first._value.AsUInt16(), Lower, second._value.AsUInt16()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector InterleaveWords(Avx512Vector value) =>
        Unsafe.BitCast<Register, Avx512Vector>(Avx512BW.PermuteVar32x16(value._value.AsUInt16(), Interleaved).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector DeinterleaveWords(Avx512Vector value) =>
        Unsafe.BitCast<Register, Avx512Vector>(Avx512BW.PermuteVar32x16(value._value.AsUInt16(), Deinterleaved).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector AddWords(Avx512Vector left, Avx512Vector right) =>
        Unsafe.BitCast<Register, Avx512Vector>(Avx512BW.Add(left._value.AsUInt16(), right._value.AsUInt16()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector AddWords(Avx512Vector left, ushort right) =>
        Unsafe.BitCast<Register, Avx512Vector>(Avx512BW.Add(left._value.AsUInt16(), Vector512.Create(right)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector SubtractSaturateWords(Avx512Vector left, ushort right) =>
        Unsafe.BitCast<Register, Avx512Vector>(Avx512BW.SubtractSaturate(
            left._value.AsUInt16(), Vector512.Create(right)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector ShiftLeftWords(Avx512Vector value, [ConstantExpected(Min = 1, Max = 15)] byte count) =>
        Unsafe.BitCast<Register, Avx512Vector>(Avx512BW.ShiftLeftLogical(value._value.AsUInt16(), count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector IncrementWordsIfAbove(Avx512Vector value, Avx512Vector other, ushort bound) =>
        Unsafe.BitCast<Register, Avx512Vector>(Vector512.ConditionalSelect(
            Avx512BW.CompareGreaterThan(other._value.AsUInt16(), Vector512.Create(bound)),
            Avx512BW.Add(value._value.AsUInt16(), Vector512<ushort>.One),
            value._value.AsUInt16()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AnyWordAbove(Avx512Vector value, ushort bound) =>
        Vector512.GreaterThanAny(value._value.AsUInt16(), Vector512.Create(bound));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector AddBits(Avx512Vector left, Avx512Vector right) =>
        Unsafe.BitCast<Register, Avx512Vector>(Avx512F.Add(left._value.AsUInt32(), right._value.AsUInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector MaxBits(Avx512Vector left, Avx512Vector right) =>
        Unsafe.BitCast<Register, Avx512Vector>(Avx512F.Max(left._value.AsUInt32(), right._value.AsUInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint HighestBits(Avx512Vector value)
    {
        Vector256<uint> eight = Vector256.Max(value._value.GetLower().AsUInt32(), value._value.GetUpper().AsUInt32());
        Vector128<uint> four = Sse41.Max(eight.GetLower(), eight.GetUpper());
        four = Sse41.Max(four, Sse2.Shuffle(four, 0b01_00_11_10));
        return Sse41.Max(four, Sse2.Shuffle(four, 0b10_11_00_01)).ToScalar();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ZipWords(Avx512Vector lower, Avx512Vector upper, out Avx512Vector first, out Avx512Vector second)
    {
        first = Unsafe.BitCast<Register, Avx512Vector>(
            Avx512BW.PermuteVar32x16x2(lower._value.AsUInt16(), FirstZipped, upper._value.AsUInt16()).AsSingle());
        second = Unsafe.BitCast<Register, Avx512Vector>(
            Avx512BW.PermuteVar32x16x2(lower._value.AsUInt16(), SecondZipped, upper._value.AsUInt16()).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void UnzipWords(Avx512Vector first, Avx512Vector second, out Avx512Vector lower, out Avx512Vector upper)
    {
        lower = Unsafe.BitCast<Register, Avx512Vector>(
            Avx512BW.PermuteVar32x16x2(first._value.AsUInt16(), EvenWords, second._value.AsUInt16()).AsSingle());
        upper = Unsafe.BitCast<Register, Avx512Vector>(
            Avx512BW.PermuteVar32x16x2(first._value.AsUInt16(), OddWords, second._value.AsUInt16()).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector LoadSignedBytes(byte* source) => Unsafe.BitCast<Register, Avx512Vector>(
        Avx512F.ConvertToVector512Single(Avx512F.ConvertToVector512Int32(Sse2.LoadVector128((sbyte*)source))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector LoadUnsignedBytes(byte* source) => Unsafe.BitCast<Register, Avx512Vector>(
        Avx512F.ConvertToVector512Single(Avx512F.ConvertToVector512Int32(Sse2.LoadVector128(source))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreLowestBytes(byte* destination, Avx512Vector first, Avx512Vector second) => Avx.Store(
        destination,
        Avx512Vbmi.IsSupported
            ? Avx512Vbmi.PermuteVar64x8x2(first._value.AsByte(), LowestBytes, second._value.AsByte()).GetLower()
            : Avx512BW.ConvertToVector256Byte(
                Avx512BW.PermuteVar32x16x2(first._value.AsUInt16(), EvenWords, second._value.AsUInt16())));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSecondBytes(byte* destination, Avx512Vector first, Avx512Vector second) => Avx.Store(
        destination,
        Avx512Vbmi.IsSupported
            ? Avx512Vbmi.PermuteVar64x8x2(
                first._value.AsByte(), LowestBytes + Vector512<byte>.One, second._value.AsByte()).GetLower()
            : Avx512BW.ConvertToVector256Byte(Avx512BW.ShiftRightLogical(
                Avx512BW.PermuteVar32x16x2(first._value.AsUInt16(), EvenWords, second._value.AsUInt16()), 8)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(byte* address) => Sse.Prefetch0(address);

    public static void MakeRandomWords(in RandomStream stream, ulong element, uint* words) =>
        Philox<Lanes512>.Make(stream, element, words);
}

/// <summary>Eight lanes of AVX-512.</summary>
internal readonly unsafe struct Lanes512(Vector512<ulong> value) : ILanes64<Lanes512>
{
    private readonly Vector512<ulong> _value = value;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 8;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Broadcast(uint value) => new(Vector512.Create((ulong)value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Consecutive(uint value) => new(Avx512F.Add(Vector512.Create((ulong)value), Vector512<ulong>.Indices));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Xor(Lanes512 first, Lanes512 second, Lanes512 third) =>
        new(Avx512F.TernaryLogic(first._value, second._value, third._value, 0x96));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Multiply(Lanes512 left, uint right) =>
        new(Avx512F.Multiply(left._value.AsUInt32(), Vector512.Create((ulong)right).AsUInt32()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 ShiftRight32(Lanes512 value) => new(Avx512F.ShiftRightLogical(value._value, 32));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Join(Lanes512 lower, Lanes512 upper) => new(Avx512F.Or(
        Avx512F.And(lower._value, Vector512.Create(0xffff_fffful)), Avx512F.ShiftLeftLogical(upper._value, 32)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreUpperWords(uint* destination, Lanes512 value) =>
        Avx512F.Store(destination, Avx512F.ShiftRightLogical(value._value.AsUInt32(), 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreLowerWords(uint* destination, Lanes512 value) =>
        Avx512F.Store(destination, Avx512F.And(value._value.AsUInt32(), Vector512.Create(0xffffu)));
}

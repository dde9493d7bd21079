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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector AddBits(NeonVector left, NeonVector right) =>
        Unsafe.BitCast<Register, NeonVector>(AdvSimd.Add(left._value.AsUInt32(), right._value.AsUInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector MaxBits(NeonVector left, NeonVector right) =>
        Unsafe.BitCast<Register, NeonVector>(AdvSimd.Max(left._value.AsUInt32(), right._value.AsUInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint HighestBits(NeonVector value) => AdvSimd.Arm64.MaxAcross(value._value.AsUInt32()).ToScalar();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ZipWords(NeonVector lower, NeonVector upper, out NeonVector first, out NeonVector second)
    {
        first = Unsafe.BitCast<Register, NeonVector>(
            AdvSimd.Arm64.ZipLow(lower._value.AsUInt16(), upper._value.AsUInt16()).AsSingle());
        second = Unsafe.BitCast<Register, NeonVector>(
            AdvSimd.Arm64.ZipHigh(lower._value.AsUInt16(), upper._value.AsUInt16()).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void UnzipWords(NeonVector first, NeonVector second, out NeonVector lower, out NeonVector upper)
    {
        lower = Unsafe.BitCast<Register, NeonVector>(
            AdvSimd.Arm64.UnzipEven(first._value.AsUInt16(), second._value.AsUInt16()).AsSingle());
        upper = Unsafe.BitCast<Register, NeonVector>(
            AdvSimd.Arm64.UnzipOdd(first._value.AsUInt16(), second._value.AsUInt16()).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector LoadSignedBytes(byte* source)
    {
        Vector128<short> words = AdvSimd.SignExtendWideningLower(Vector64.CreateScalar(Unsafe.ReadUnaligned<uint>(source)).AsSByte());
        return Unsafe.BitCast<Register, NeonVector>(AdvSimd.ConvertToSingle(AdvSimd.SignExtendWideningLower(words.GetLower())));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector LoadUnsignedBytes(byte* source)
    {
        Vector128<ushort> words = AdvSimd.ZeroExtendWideningLower(Vector64.CreateScalar(Unsafe.ReadUnaligned<uint>(source)).AsByte());
        return Unsafe.BitCast<Register, NeonVector>(AdvSimd.ConvertToSingle(AdvSimd.ZeroExtendWideningLower(words.GetLower())));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreLowestBytes(byte* destination, NeonVector first, NeonVector second) => AdvSimd.Store(
        destination,
        AdvSimd.ExtractNarrowingLower(AdvSimd.Arm64.UnzipEven(first._value.AsUInt16(), second._value.AsUInt16())));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSecondBytes(byte* destination, NeonVector first, NeonVector second) => AdvSimd.Store(
        destination,
        AdvSimd.ShiftRightLogicalNarrowingLower(
            AdvSimd.Arm64.UnzipEven(first._value.AsUInt16(), second._value.AsUInt16()), 8));

    // .NET 10 has no such instruction for arm64.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(byte* address)
    {
    }

    public static void MakeRandomWords(in RandomStream stream, ulong element, uint* words) =>
        Philox<Lanes128>.Make(stream, element, words);
}

/// <summary>Two lanes of NEON.</summary>
internal readonly unsafe struct Lanes128(Vector128<ulong> value) : ILanes64<Lanes128>
{
    private readonly Vector128<ulong> _value = value;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 2;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Broadcast(uint value) => new(Vector128.Create((ulong)value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Consecutive(uint value) => new(AdvSimd.Add(Vector128.Create((ulong)value), Vector128<ulong>.Indices));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Xor(Lanes128 first, Lanes128 second, Lanes128 third) =>
        new(AdvSimd.Xor(first._value, AdvSimd.Xor(second._value, third._value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Multiply(Lanes128 left, uint right) =>
        new(AdvSimd.MultiplyWideningLower(AdvSimd.ExtractNarrowingLower(left._value), Vector64.Create(right)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 ShiftRight32(Lanes128 value) => new(AdvSimd.ShiftRightLogical(value._value, 32));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Join(Lanes128 lower, Lanes128 upper) =>
        new(AdvSimd.ShiftLeftAndInsert(lower._value, upper._value, 32));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreUpperWords(uint* destination, Lanes128 value) =>
        AdvSimd.Store(destination, AdvSimd.ShiftRightLogical(value._value.AsUInt32(), 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreLowerWords(uint* destination, Lanes128 value) =>
        AdvSimd.Store(destination, AdvSimd.And(value._value.AsUInt32(), Vector128.Create(0xffffu)));
}

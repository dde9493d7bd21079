using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace FastAdam.Isa;

/// <summary>Four lanes of NEON (AArch64 Advanced SIMD, in the baseline of every arm64 CPU).</summary>
internal readonly unsafe struct NeonVector : IVector<NeonVector>
{
    private readonly Vector128<float> _value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private NeonVector(Vector128<float> value) => _value = value;

    private Vector128<int> Bits
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _value.AsInt32();
    }

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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static NeonVector FromBits(Vector128<int> bits) => new(bits.AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector64<ushort> Narrow(NeonVector value) => AdvSimd.ExtractNarrowingLower(value.Bits.AsUInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector Broadcast(float value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector BroadcastBits(uint bits) => FromBits(Vector128.Create((int)bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector Load32(byte* source) => new(AdvSimd.LoadVector128((float*)source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector Load16(byte* source) =>
        FromBits(AdvSimd.ZeroExtendWideningLower(AdvSimd.LoadVector64((ushort*)source)).AsInt32());

    public static NeonVector LoadPartial32(byte* source, int count)
    {
        Vector128<float> elements = default;
        PartialCopy.Elements32((byte*)&elements, source, count);
        return new(elements);
    }

    public static NeonVector LoadPartial16(byte* source, int count)
    {
        Vector64<ushort> elements = default;
        PartialCopy.Elements16((byte*)&elements, source, count);
        return FromBits(AdvSimd.ZeroExtendWideningLower(elements).AsInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store32(byte* destination, NeonVector value) => AdvSimd.Store((float*)destination, value._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store16(byte* destination, NeonVector value) => AdvSimd.Store((ushort*)destination, Narrow(value));

    public static void StorePartial32(byte* destination, NeonVector value, int count) =>
        PartialCopy.Elements32(destination, (byte*)&value, count);

    public static void StorePartial16(byte* destination, NeonVector value, int count)
    {
        Vector64<ushort> elements = Narrow(value);
        PartialCopy.Elements16(destination, (byte*)&elements, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector operator +(NeonVector left, NeonVector right) => new(AdvSimd.Add(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector operator -(NeonVector left, NeonVector right) => new(AdvSimd.Subtract(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector operator *(NeonVector left, NeonVector right) => new(AdvSimd.Multiply(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector operator /(NeonVector left, NeonVector right) => new(AdvSimd.Arm64.Divide(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector Sqrt(NeonVector value) => new(AdvSimd.Arm64.Sqrt(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector MultiplyAdd(NeonVector left, NeonVector right, NeonVector addend) =>
        new(AdvSimd.FusedMultiplyAdd(addend._value, left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector operator &(NeonVector left, NeonVector right) => FromBits(AdvSimd.And(left.Bits, right.Bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector operator |(NeonVector left, NeonVector right) => FromBits(AdvSimd.Or(left.Bits, right.Bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector operator ^(NeonVector left, NeonVector right) => FromBits(AdvSimd.Xor(left.Bits, right.Bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector AddBits(NeonVector left, NeonVector right) => FromBits(AdvSimd.Add(left.Bits, right.Bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector SubtractBits(NeonVector left, NeonVector right) => FromBits(AdvSimd.Subtract(left.Bits, right.Bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector ShiftLeft(NeonVector value, [ConstantExpected(Min = 1, Max = 31)] byte count) =>
        FromBits(AdvSimd.ShiftLeftLogical(value.Bits.AsUInt32(), count).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector ShiftRightLogical(NeonVector value, [ConstantExpected(Min = 1, Max = 31)] byte count) =>
        FromBits(AdvSimd.ShiftRightLogical(value.Bits.AsUInt32(), count).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector LessThan(NeonVector left, NeonVector right) =>
        new(AdvSimd.CompareLessThan(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector LessThanBits(NeonVector left, NeonVector right) =>
        FromBits(AdvSimd.CompareLessThan(left.Bits, right.Bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector IsNaN(NeonVector value) => new(AdvSimd.Not(AdvSimd.CompareEqual(value._value, value._value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector Select(NeonVector mask, NeonVector whenTrue, NeonVector whenFalse) =>
        new(AdvSimd.BitwiseSelect(mask._value, whenTrue._value, whenFalse._value));
}

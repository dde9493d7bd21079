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
    private static Vector64<ushort> Narrow(NeonVector value) => AdvSimd.ExtractNarrowingLower(value._value.AsUInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector Broadcast(float value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector BroadcastBits(uint bits) => new(Vector128.Create(bits).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector Load32(byte* source) => new(AdvSimd.LoadVector128((float*)source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector Load16(byte* source) =>
        new(AdvSimd.ZeroExtendWideningLower(AdvSimd.LoadVector64((ushort*)source)).AsSingle());

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
        return new(AdvSimd.ZeroExtendWideningLower(elements).AsSingle());
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
    public static NeonVector operator &(NeonVector left, NeonVector right) => new(AdvSimd.And(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector operator |(NeonVector left, NeonVector right) => new(AdvSimd.Or(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector operator ^(NeonVector left, NeonVector right) => new(AdvSimd.Xor(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector operator &(NeonVector left, uint right) =>
        new(AdvSimd.And(left._value, Vector128.Create(right).AsSingle()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector operator |(NeonVector left, uint right) =>
        new(AdvSimd.Or(left._value, Vector128.Create(right).AsSingle()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector AddBits(NeonVector left, NeonVector right) =>
        new(AdvSimd.Add(left._value.AsInt32(), right._value.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector AddBits(NeonVector left, uint right) =>
        new(AdvSimd.Add(left._value.AsUInt32(), Vector128.Create(right)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector ShiftLeft(NeonVector value, [ConstantExpected(Min = 1, Max = 31)] byte count) =>
        new(AdvSimd.ShiftLeftLogical(value._value.AsUInt32(), count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector ShiftRightLogical(NeonVector value, [ConstantExpected(Min = 1, Max = 31)] byte count) =>
        new(AdvSimd.ShiftRightLogical(value._value.AsUInt32(), count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector SelectIfLess(NeonVector left, NeonVector right, NeonVector whenTrue, NeonVector whenFalse) =>
        new(AdvSimd.BitwiseSelect(
            AdvSimd.CompareLessThan(left._value, right._value), whenTrue._value, whenFalse._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector SelectIfLessBits(NeonVector left, int right, NeonVector whenTrue, NeonVector whenFalse) =>
        new(AdvSimd.BitwiseSelect(
            AdvSimd.CompareLessThan(left._value.AsInt32(), Vector128.Create(right)).AsSingle(), whenTrue._value, whenFalse._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeonVector SelectIfNaN(NeonVector value, NeonVector whenTrue, NeonVector whenFalse) =>
        new(AdvSimd.BitwiseSelect(
            AdvSimd.CompareEqual(value._value, value._value), whenFalse._value, whenTrue._value));
}

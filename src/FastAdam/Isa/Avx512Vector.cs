using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FastAdam.Isa;

/// <summary>Sixteen lanes of AVX-512 (F, BW, DQ and VL).</summary>
internal readonly unsafe struct Avx512Vector : IVector<Avx512Vector>
{
    private readonly Vector512<float> _value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Avx512Vector(Vector512<float> value) => _value = value;

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
    private static Vector256<short> FirstHalfLanes(int count) =>
        Avx512BW.VL.CompareGreaterThan(Vector256.Create((short)count), Vector256<short>.Indices);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector Broadcast(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector BroadcastBits(uint bits) => new(Vector512.Create((int)bits).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector Load32(byte* source) => new(Avx512F.LoadVector512((float*)source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector Load16(byte* source) =>
        new(Avx512F.ConvertToVector512Int32(Avx.LoadVector256((ushort*)source)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector LoadPartial32(byte* source, int count) =>
        new(Avx512F.MaskLoad((int*)source, FirstLanes(count), Vector512<int>.Zero).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector LoadPartial16(byte* source, int count) => new(Avx512F.ConvertToVector512Int32(
        Avx512BW.VL.MaskLoad((short*)source, FirstHalfLanes(count), Vector256<short>.Zero).AsUInt16()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store32(byte* destination, Avx512Vector value) => Avx512F.Store((float*)destination, value._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store16(byte* destination, Avx512Vector value) =>
        Avx.Store((short*)destination, Avx512F.ConvertToVector256Int16(value._value.AsInt32()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePartial32(byte* destination, Avx512Vector value, int count) =>
        Avx512F.MaskStore((int*)destination, FirstLanes(count), value._value.AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePartial16(byte* destination, Avx512Vector value, int count) =>
        Avx512BW.VL.MaskStore((short*)destination, FirstHalfLanes(count), Avx512F.ConvertToVector256Int16(value._value.AsInt32()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector operator +(Avx512Vector left, Avx512Vector right) => new(Avx512F.Add(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector operator -(Avx512Vector left, Avx512Vector right) => new(Avx512F.Subtract(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector operator *(Avx512Vector left, Avx512Vector right) => new(Avx512F.Multiply(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector operator /(Avx512Vector left, Avx512Vector right) => new(Avx512F.Divide(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector Sqrt(Avx512Vector value) => new(Avx512F.Sqrt(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector MultiplyAdd(Avx512Vector left, Avx512Vector right, Avx512Vector addend) =>
        new(Avx512F.FusedMultiplyAdd(left._value, right._value, addend._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector operator &(Avx512Vector left, Avx512Vector right) =>
        new(Avx512DQ.And(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector operator |(Avx512Vector left, Avx512Vector right) =>
        new(Avx512DQ.Or(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector operator ^(Avx512Vector left, Avx512Vector right) =>
        new(Avx512DQ.Xor(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector operator &(Avx512Vector left, uint right) =>
        new(Avx512DQ.And(left._value, Vector512.Create(right).AsSingle()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector operator |(Avx512Vector left, uint right) =>
        new(Avx512DQ.Or(left._value, Vector512.Create(right).AsSingle()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector AddBits(Avx512Vector left, Avx512Vector right) =>
        new(Avx512F.Add(left._value.AsInt32(), right._value.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector AddBits(Avx512Vector left, uint right) =>
        new(Avx512F.Add(left._value.AsUInt32(), Vector512.Create(right)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector ShiftLeft(Avx512Vector value, [ConstantExpected(Min = 1, Max = 31)] byte count) =>
        new(Avx512F.ShiftLeftLogical(value._value.AsInt32(), count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector ShiftRightLogical(Avx512Vector value, [ConstantExpected(Min = 1, Max = 31)] byte count) =>
        new(Avx512F.ShiftRightLogical(value._value.AsInt32(), count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector SelectIfLess(Avx512Vector left, Avx512Vector right, Avx512Vector whenTrue, Avx512Vector whenFalse) =>
        new(Avx512F.BlendVariable(whenFalse._value, whenTrue._value, Avx512F.CompareLessThan(left._value, right._value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector SelectIfLessBits(Avx512Vector left, int right, Avx512Vector whenTrue, Avx512Vector whenFalse) =>
        new(Avx512F.BlendVariable(
            whenFalse._value, whenTrue._value, Avx512F.CompareLessThan(left._value.AsInt32(), Vector512.Create(right)).AsSingle()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Vector SelectIfNaN(Avx512Vector value, Avx512Vector whenTrue, Avx512Vector whenFalse) =>
        new(Avx512F.BlendVariable(
            whenFalse._value, whenTrue._value, Avx512F.CompareUnordered(value._value, value._value)));
}

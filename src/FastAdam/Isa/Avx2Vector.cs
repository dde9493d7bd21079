using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FastAdam.Isa;

/// <summary>Eight lanes of AVX2 with FMA.</summary>
internal readonly unsafe struct Avx2Vector : IVector<Avx2Vector>
{
    private readonly Vector256<float> _value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Avx2Vector(Vector256<float> value) => _value = value;

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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> Narrow(Avx2Vector value)
    {
        Vector256<ushort> packed = Avx2.PackUnsignedSaturate(value._value.AsInt32(), value._value.AsInt32());
        return Avx2.Permute4x64(packed.AsInt64(), 0b00_00_10_00).GetLower().AsInt16();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector Broadcast(float value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector BroadcastBits(uint bits) => new(Vector256.Create((int)bits).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector Load32(byte* source) => new(Avx.LoadVector256((float*)source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector Load16(byte* source) => new(Avx2.ConvertToVector256Int32((ushort*)source).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector LoadPartial32(byte* source, int count) =>
        new(Avx2.MaskLoad((int*)source, FirstLanes(count)).AsSingle());

    public static Avx2Vector LoadPartial16(byte* source, int count)
    {
        Vector128<ushort> elements = default;
        PartialCopy.Elements16((byte*)&elements, source, count);
        return new(Avx2.ConvertToVector256Int32(elements).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store32(byte* destination, Avx2Vector value) => Avx.Store((float*)destination, value._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store16(byte* destination, Avx2Vector value) => Sse2.Store((short*)destination, Narrow(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePartial32(byte* destination, Avx2Vector value, int count) =>
        Avx2.MaskStore((int*)destination, FirstLanes(count), value._value.AsInt32());

    public static void StorePartial16(byte* destination, Avx2Vector value, int count)
    {
        Vector128<short> elements = Narrow(value);
        PartialCopy.Elements16(destination, (byte*)&elements, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector operator +(Avx2Vector left, Avx2Vector right) => new(Avx.Add(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector operator -(Avx2Vector left, Avx2Vector right) => new(Avx.Subtract(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector operator *(Avx2Vector left, Avx2Vector right) => new(Avx.Multiply(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector operator /(Avx2Vector left, Avx2Vector right) => new(Avx.Divide(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector Sqrt(Avx2Vector value) => new(Avx.Sqrt(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector MultiplyAdd(Avx2Vector left, Avx2Vector right, Avx2Vector addend) =>
        new(Fma.MultiplyAdd(left._value, right._value, addend._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector operator &(Avx2Vector left, Avx2Vector right) => new(Avx.And(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector operator |(Avx2Vector left, Avx2Vector right) => new(Avx.Or(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector operator ^(Avx2Vector left, Avx2Vector right) => new(Avx.Xor(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector operator &(Avx2Vector left, uint right) =>
        new(Avx.And(left._value, Vector256.Create(right).AsSingle()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector operator |(Avx2Vector left, uint right) =>
        new(Avx.Or(left._value, Vector256.Create(right).AsSingle()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector AddBits(Avx2Vector left, Avx2Vector right) =>
        new(Avx2.Add(left._value.AsInt32(), right._value.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector AddBits(Avx2Vector left, uint right) =>
        new(Avx2.Add(left._value.AsUInt32(), Vector256.Create(right)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector ShiftLeft(Avx2Vector value, [ConstantExpected(Min = 1, Max = 31)] byte count) =>
        new(Avx2.ShiftLeftLogical(value._value.AsInt32(), count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector ShiftRightLogical(Avx2Vector value, [ConstantExpected(Min = 1, Max = 31)] byte count) =>
        new(Avx2.ShiftRightLogical(value._value.AsInt32(), count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector SelectIfLess(Avx2Vector left, Avx2Vector right, Avx2Vector whenTrue, Avx2Vector whenFalse) =>
        new(Avx.BlendVariable(whenFalse._value, whenTrue._value, Avx.CompareLessThan(left._value, right._value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector SelectIfLessBits(Avx2Vector left, int right, Avx2Vector whenTrue, Avx2Vector whenFalse) =>
        new(Avx.BlendVariable(
            whenFalse._value, whenTrue._value, Avx2.CompareGreaterThan(Vector256.Create(right), left._value.AsInt32()).AsSingle()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Vector SelectIfNaN(Avx2Vector value, Avx2Vector whenTrue, Avx2Vector whenFalse) =>
        new(Avx.BlendVariable(
            whenFalse._value, whenTrue._value, Avx.CompareUnordered(value._value, value._value)));
}

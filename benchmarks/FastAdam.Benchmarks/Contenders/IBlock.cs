using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FastAdam.Benchmarks.Contenders;

/// <summary>Bytes that are loaded and stored together.</summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
internal unsafe interface IBlock<TSelf>
    where TSelf : unmanaged, IBlock<TSelf>
{
    static abstract TSelf Load(byte* source);

    static abstract void Store(TSelf value, byte* target);

    static abstract TSelf operator ^(TSelf left, TSelf right);
}

/// <summary>64 bytes.</summary>
internal readonly unsafe struct Block64(Vector512<byte> value) : IBlock<Block64>
{
    private readonly Vector512<byte> _value = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Block64 Load(byte* source) => new(Vector512.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Block64 value, byte* target) => value._value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Block64 operator ^(Block64 left, Block64 right) => new(left._value ^ right._value);
}

/// <summary>32 bytes.</summary>
internal readonly unsafe struct Block32(Vector256<byte> value) : IBlock<Block32>
{
    private readonly Vector256<byte> _value = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Block32 Load(byte* source) => new(Vector256.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Block32 value, byte* target) => value._value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Block32 operator ^(Block32 left, Block32 right) => new(left._value ^ right._value);
}

/// <summary>16 bytes.</summary>
internal readonly unsafe struct Block16(Vector128<byte> value) : IBlock<Block16>
{
    private readonly Vector128<byte> _value = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Block16 Load(byte* source) => new(Vector128.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Block16 value, byte* target) => value._value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Block16 operator ^(Block16 left, Block16 right) => new(left._value ^ right._value);
}

/// <summary>2 bytes: a narrow element.</summary>
internal readonly unsafe struct Block2(ushort value) : IBlock<Block2>
{
    private readonly ushort _value = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Block2 Load(byte* source) => new(*(ushort*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Block2 value, byte* target) => *(ushort*)target = value._value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Block2 operator ^(Block2 left, Block2 right) => new((ushort)(left._value ^ right._value));
}

/// <summary>Two of them.</summary>
/// <typeparam name="T">One of them.</typeparam>
internal readonly unsafe struct Pair<T>(T first, T second) : IBlock<Pair<T>>
    where T : unmanaged, IBlock<T>
{
    private readonly T _first = first;
    private readonly T _second = second;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> Load(byte* source) => new(T.Load(source), T.Load(source + sizeof(T)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Pair<T> value, byte* target)
    {
        T.Store(value._first, target);
        T.Store(value._second, target + sizeof(T));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> operator ^(Pair<T> left, Pair<T> right) => new(left._first ^ right._first, left._second ^ right._second);
}

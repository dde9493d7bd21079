using System.Runtime.CompilerServices;

namespace FastAdam.Isa;

/// <summary>One register of 64-bit lanes: what products of 32-bit integers need.</summary>
internal unsafe interface ILanes64<TSelf>
    where TSelf : unmanaged, ILanes64<TSelf>
{
    /// <summary>Lanes in a register.</summary>
    static abstract int Count { get; }

    static abstract TSelf Broadcast(uint value);

    /// <summary>The value, the next one, and so on.</summary>
    static abstract TSelf Consecutive(uint value);

    /// <summary>The exclusive or of three.</summary>
    static abstract TSelf Xor(TSelf first, TSelf second, TSelf third);

    /// <summary>The product of each lane's lower half.</summary>
    static abstract TSelf Multiply(TSelf left, uint right);

    /// <summary>Each lane's upper half, in the lower one.</summary>
    static abstract TSelf ShiftRight32(TSelf value);

    /// <summary>Lanes of two lower halves.</summary>
    static abstract TSelf Join(TSelf lower, TSelf upper);

    /// <summary>Writes the upper 16 bits of each half of each lane, in 32 bits.</summary>
    static abstract void StoreUpperWords(uint* destination, TSelf value);

    /// <summary>Writes the lower 16 bits of each half of each lane, in 32 bits.</summary>
    static abstract void StoreLowerWords(uint* destination, TSelf value);
}

/// <summary>One lane, on every CPU.</summary>
internal readonly unsafe struct Lanes64(ulong value) : ILanes64<Lanes64>
{
    private readonly ulong _value = value;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes64 Broadcast(uint value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes64 Consecutive(uint value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes64 Xor(Lanes64 first, Lanes64 second, Lanes64 third) =>
        new(first._value ^ second._value ^ third._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes64 Multiply(Lanes64 left, uint right) => new((ulong)(uint)left._value * right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes64 ShiftRight32(Lanes64 value) => new(value._value >> 32);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes64 Join(Lanes64 lower, Lanes64 upper) => new((uint)lower._value | (upper._value << 32));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreUpperWords(uint* destination, Lanes64 value)
    {
        destination[0] = (uint)value._value >> 16;
        destination[1] = (uint)(value._value >> 48);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreLowerWords(uint* destination, Lanes64 value)
    {
        destination[0] = (ushort)value._value;
        destination[1] = (ushort)(value._value >> 32);
    }
}

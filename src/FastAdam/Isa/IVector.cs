using System.Diagnostics.CodeAnalysis;

namespace FastAdam.Isa;

/// <summary>
/// One register of 32-bit lanes, read as single-precision numbers or as bits: all that an instruction set has to offer to run
/// every kernel. Arithmetic is IEEE-754, each operation rounded once to nearest even.
/// </summary>
internal unsafe interface IVector<TSelf>
    where TSelf : unmanaged, IVector<TSelf>
{
    /// <summary>Whether this CPU and operating system run it.</summary>
    static abstract bool IsSupported { get; }

    /// <summary>Lanes in a register.</summary>
    static abstract int Count { get; }

    static abstract TSelf Broadcast(float value);

    static abstract TSelf BroadcastBits(uint bits);

    /// <summary>Reads <see cref="Count"/> 32-bit elements; no alignment is needed.</summary>
    static abstract TSelf Load32(byte* source);

    /// <summary>Reads <see cref="Count"/> 16-bit elements into the low halves of the lanes; the high halves are zero.</summary>
    static abstract TSelf Load16(byte* source);

    /// <summary>Reads the first <paramref name="count"/> (0 to <see cref="Count"/>) 32-bit elements, touches no byte behind
    /// them and leaves zero in the other lanes.</summary>
    static abstract TSelf LoadPartial32(byte* source, int count);

    /// <summary>As <see cref="Load16"/> for the first <paramref name="count"/> (0 to <see cref="Count"/>) elements, touching no
    /// byte behind them and leaving zero in the other lanes.</summary>
    static abstract TSelf LoadPartial16(byte* source, int count);

    static abstract void Store32(byte* destination, TSelf value);

    /// <summary>Writes lanes whose high halves are zero as 16-bit elements.</summary>
    static abstract void Store16(byte* destination, TSelf value);

    /// <summary>Writes the first <paramref name="count"/> (0 to <see cref="Count"/>) lanes and no byte behind them.</summary>
    static abstract void StorePartial32(byte* destination, TSelf value, int count);

    /// <summary>As <see cref="Store16"/> for the first <paramref name="count"/> (0 to <see cref="Count"/>) lanes and no byte
    /// behind them.</summary>
    static abstract void StorePartial16(byte* destination, TSelf value, int count);

    static abstract TSelf operator +(TSelf left, TSelf right);

    static abstract TSelf operator -(TSelf left, TSelf right);

    static abstract TSelf operator *(TSelf left, TSelf right);

    static abstract TSelf operator /(TSelf left, TSelf right);

    static abstract TSelf Sqrt(TSelf value);

    /// <summary><paramref name="left"/> * <paramref name="right"/> + <paramref name="addend"/>, rounded once.</summary>
    static abstract TSelf MultiplyAdd(TSelf left, TSelf right, TSelf addend);

    static abstract TSelf operator &(TSelf left, TSelf right);

    static abstract TSelf operator |(TSelf left, TSelf right);

    static abstract TSelf operator ^(TSelf left, TSelf right);

    static abstract TSelf operator &(TSelf left, uint right);

    static abstract TSelf operator |(TSelf left, uint right);

    /// <summary>Lane-wise sum of the bits as 32-bit integers, modulo 2^32.</summary>
    static abstract TSelf AddBits(TSelf left, TSelf right);

    /// <summary>Lane-wise sum of the bits as 32-bit integers, modulo 2^32.</summary>
    static abstract TSelf AddBits(TSelf left, uint right);

    static abstract TSelf ShiftLeft(TSelf value, [ConstantExpected(Min = 1, Max = 31)] byte count);

    static abstract TSelf ShiftRightLogical(TSelf value, [ConstantExpected(Min = 1, Max = 31)] byte count);

    /// <summary><paramref name="whenTrue"/> where left is less than right as a number, else (also for NaN)
    /// <paramref name="whenFalse"/>.</summary>
    static abstract TSelf SelectIfLess(TSelf left, TSelf right, TSelf whenTrue, TSelf whenFalse);

    /// <summary><paramref name="whenTrue"/> where left is less than right as a signed 32-bit integer, else
    /// <paramref name="whenFalse"/>.</summary>
    static abstract TSelf SelectIfLessBits(TSelf left, int right, TSelf whenTrue, TSelf whenFalse);

    /// <summary><paramref name="whenTrue"/> where the value is NaN, else <paramref name="whenFalse"/>.</summary>
    static abstract TSelf SelectIfNaN(TSelf value, TSelf whenTrue, TSelf whenFalse);
}

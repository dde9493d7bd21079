using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FastAdam.Isa;

/// <summary>
/// Running sums in double precision, one for each element of a block of two registers, in order. The square of a float is exact
/// in double, so a sum has the same bits whether it is fused with the multiplication or not.
/// </summary>
internal unsafe interface ISquareSums<TSelf, V>
    where TSelf : unmanaged, ISquareSums<TSelf, V>
    where V : unmanaged, IVector<V>
{
    /// <summary>Reads two sums for each lane of a register.</summary>
    static abstract TSelf Load(double* sums);

    static abstract void Store(double* destination, TSelf sums);

    /// <summary>Adds the squares of a block's elements.</summary>
    static abstract TSelf Add(TSelf sums, V first, V second);
}

/// <summary>For registers of 512 bits.</summary>
internal readonly unsafe struct SquareSums512<V>(
    Vector512<double> a, Vector512<double> b, Vector512<double> c, Vector512<double> d) : ISquareSums<SquareSums512<V>, V>
    where V : unmanaged, IVector<V>
{
    private readonly Vector512<double> _a = a;
    private readonly Vector512<double> _b = b;
    private readonly Vector512<double> _c = c;
    private readonly Vector512<double> _d = d;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SquareSums512<V> Load(double* sums) => new(
        Vector512.Load(sums), Vector512.Load(sums + 8), Vector512.Load(sums + 16), Vector512.Load(sums + 24));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(double* destination, SquareSums512<V> sums)
    {
        sums._a.Store(destination);
        sums._b.Store(destination + 8);
        sums._c.Store(destination + 16);
        sums._d.Store(destination + 24);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SquareSums512<V> Add(SquareSums512<V> sums, V first, V second)
    {
        (Vector512<double> a, Vector512<double> b) = Vector512.Widen(Unsafe.BitCast<V, Vector512<float>>(first));
        (Vector512<double> c, Vector512<double> d) = Vector512.Widen(Unsafe.BitCast<V, Vector512<float>>(second));
        return new(
            Vector512.FusedMultiplyAdd(a, a, sums._a),
            Vector512.FusedMultiplyAdd(b, b, sums._b),
            Vector512.FusedMultiplyAdd(c, c, sums._c),
            Vector512.FusedMultiplyAdd(d, d, sums._d));
    }
}

/// <summary>For registers of 256 bits.</summary>
internal readonly unsafe struct SquareSums256<V>(
    Vector256<double> a, Vector256<double> b, Vector256<double> c, Vector256<double> d) : ISquareSums<SquareSums256<V>, V>
    where V : unmanaged, IVector<V>
{
    private readonly Vector256<double> _a = a;
    private readonly Vector256<double> _b = b;
    private readonly Vector256<double> _c = c;
    private readonly Vector256<double> _d = d;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SquareSums256<V> Load(double* sums) => new(
        Vector256.Load(sums), Vector256.Load(sums + 4), Vector256.Load(sums + 8), Vector256.Load(sums + 12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(double* destination, SquareSums256<V> sums)
    {
        sums._a.Store(destination);
        sums._b.Store(destination + 4);
        sums._c.Store(destination + 8);
        sums._d.Store(destination + 12);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SquareSums256<V> Add(SquareSums256<V> sums, V first, V second)
    {
        (Vector256<double> a, Vector256<double> b) = Vector256.Widen(Unsafe.BitCast<V, Vector256<float>>(first));
        (Vector256<double> c, Vector256<double> d) = Vector256.Widen(Unsafe.BitCast<V, Vector256<float>>(second));
        return new(
            Vector256.FusedMultiplyAdd(a, a, sums._a),
            Vector256.FusedMultiplyAdd(b, b, sums._b),
            Vector256.FusedMultiplyAdd(c, c, sums._c),
            Vector256.FusedMultiplyAdd(d, d, sums._d));
    }
}

/// <summary>For registers of 128 bits.</summary>
internal readonly unsafe struct SquareSums128<V>(
    Vector128<double> a, Vector128<double> b, Vector128<double> c, Vector128<double> d) : ISquareSums<SquareSums128<V>, V>
    where V : unmanaged, IVector<V>
{
    private readonly Vector128<double> _a = a;
    private readonly Vector128<double> _b = b;
    private readonly Vector128<double> _c = c;
    private readonly Vector128<double> _d = d;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SquareSums128<V> Load(double* sums) => new(
        Vector128.Load(sums), Vector128.Load(sums + 2), Vector128.Load(sums + 4), Vector128.Load(sums + 6));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(double* destination, SquareSums128<V> sums)
    {
        sums._a.Store(destination);
        sums._b.Store(destination + 2);
        sums._c.Store(destination + 4);
        sums._d.Store(destination + 6);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SquareSums128<V> Add(SquareSums128<V> sums, V first, V second)
    {
        (Vector128<double> a, Vector128<double> b) = Vector128.Widen(Unsafe.BitCast<V, Vector128<float>>(first));
        (Vector128<double> c, Vector128<double> d) = Vector128.Widen(Unsafe.BitCast<V, Vector128<float>>(second));
        return new(
            Vector128.FusedMultiplyAdd(a, a, sums._a),
            Vector128.FusedMultiplyAdd(b, b, sums._b),
            Vector128.FusedMultiplyAdd(c, c, sums._c),
            Vector128.FusedMultiplyAdd(d, d, sums._d));
    }
}

/// <summary>For a single lane.</summary>
internal readonly unsafe struct SquareSums1<V>(double first, double second) : ISquareSums<SquareSums1<V>, V>
    where V : unmanaged, IVector<V>
{
    private readonly double _first = first;
    private readonly double _second = second;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SquareSums1<V> Load(double* sums) => new(sums[0], sums[1]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(double* destination, SquareSums1<V> sums)
    {
        destination[0] = sums._first;
        destination[1] = sums._second;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SquareSums1<V> Add(SquareSums1<V> sums, V first, V second)
    {
        double a = Unsafe.BitCast<V, float>(first);
        double b = Unsafe.BitCast<V, float>(second);
        return new(sums._first + (a * a), sums._second + (b * b));
    }
}

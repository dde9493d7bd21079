using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FastAdam.Isa;

/// <summary>
/// Running sums of squares in double precision. The square of a float is exact there, so a sum has the same bits whether it is
/// fused with the multiplication or not.
/// </summary>
internal unsafe interface ISquareSums
{
    /// <summary>Running sums.</summary>
    const int Count = 32;

    /// <summary>Adds the square of element i to sum i mod <see cref="Count"/>.</summary>
    /// <param name="sums">The sums.</param>
    /// <param name="elements">The elements.</param>
    /// <param name="length">How many: a multiple of <see cref="Count"/>.</param>
    static abstract void Add(double* sums, float* elements, int length);
}

/// <summary>
/// For registers of 256 bits, and for wider ones, too: four floats are converted on their way from memory, for which those of
/// 512 bits take more instructions.
/// </summary>
internal readonly unsafe struct SquareSums256 : ISquareSums
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(double* sums, float* elements, int length)
    {
        Sixteen low = Sixteen.Load(sums);
        Sixteen high = Sixteen.Load(sums + 16);
        for (float* end = elements + length; elements < end; elements += ISquareSums.Count)
        {
            low = low.Add(elements);
            high = high.Add(elements + 16);
        }

        low.Store(sums);
        high.Store(sums + 16);
    }

    // Four fields, which is as many as the compiler keeps in registers.
    private readonly struct Sixteen(Vector256<double> a, Vector256<double> b, Vector256<double> c, Vector256<double> d)
    {
        private readonly Vector256<double> _a = a;
        private readonly Vector256<double> _b = b;
        private readonly Vector256<double> _c = c;
        private readonly Vector256<double> _d = d;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Sixteen Load(double* sums) => new(
            Vector256.Load(sums), Vector256.Load(sums + 4), Vector256.Load(sums + 8), Vector256.Load(sums + 12));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store(double* sums)
        {
            _a.Store(sums);
            _b.Store(sums + 4);
            _c.Store(sums + 8);
            _d.Store(sums + 12);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Sixteen Add(float* elements) => new(
            Add(_a, elements), Add(_b, elements + 4), Add(_c, elements + 8), Add(_d, elements + 12));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<double> Add(Vector256<double> sums, float* elements)
        {
            Vector256<double> wide = Avx.ConvertToVector256Double(Vector128.Load(elements));
            return Vector256.FusedMultiplyAdd(wide, wide, sums);
        }
    }
}

/// <summary>For registers of 128 bits.</summary>
internal readonly unsafe struct SquareSums128 : ISquareSums
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(double* sums, float* elements, int length)
    {
        Eight a = Eight.Load(sums);
        Eight b = Eight.Load(sums + 8);
        Eight c = Eight.Load(sums + 16);
        Eight d = Eight.Load(sums + 24);
        for (float* end = elements + length; elements < end; elements += ISquareSums.Count)
        {
            a = a.Add(elements);
            b = b.Add(elements + 8);
            c = c.Add(elements + 16);
            d = d.Add(elements + 24);
        }

        a.Store(sums);
        b.Store(sums + 8);
        c.Store(sums + 16);
        d.Store(sums + 24);
    }

    private readonly struct Eight(Vector128<double> a, Vector128<double> b, Vector128<double> c, Vector128<double> d)
    {
        private readonly Vector128<double> _a = a;
        private readonly Vector128<double> _b = b;
        private readonly Vector128<double> _c = c;
        private readonly Vector128<double> _d = d;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Eight Load(double* sums) => new(
            Vector128.Load(sums), Vector128.Load(sums + 2), Vector128.Load(sums + 4), Vector128.Load(sums + 6));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store(double* sums)
        {
            _a.Store(sums);
            _b.Store(sums + 2);
            _c.Store(sums + 4);
            _d.Store(sums + 6);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Eight Add(float* elements)
        {
            (Vector128<double> a, Vector128<double> b) = Vector128.Widen(Vector128.Load(elements));
            (Vector128<double> c, Vector128<double> d) = Vector128.Widen(Vector128.Load(elements + 4));
            return new(
                Vector128.FusedMultiplyAdd(a, a, _a),
                Vector128.FusedMultiplyAdd(b, b, _b),
                Vector128.FusedMultiplyAdd(c, c, _c),
                Vector128.FusedMultiplyAdd(d, d, _d));
        }
    }
}

/// <summary>Without registers of several lanes.</summary>
internal readonly unsafe struct SquareSums1 : ISquareSums
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(double* sums, float* elements, int length)
    {
        for (int i = 0; i < length; i++)
        {
            double element = elements[i];
            sums[i % ISquareSums.Count] += element * element;
        }
    }
}

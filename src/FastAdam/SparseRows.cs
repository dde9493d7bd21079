using System.Runtime.CompilerServices;
using FastAdam.Kernels;

namespace FastAdam;

/// <summary>The arrays of a sparse step: tables of rows, and gradients for some of the rows.</summary>
internal readonly unsafe struct SparseRows(
    KernelKey key,
    void* parameters,
    void* gradients,
    void* expAvg,
    void* expAvgSq,
    nuint rows,
    nuint rowLength,
    long* indices,
    nuint count)
{
    public KernelKey Key { get; } = key;

    /// <summary>The first row of each table.</summary>
    public Streams Tables { get; } = new(parameters, gradients, expAvg, expAvgSq, rowLength);

    public int Count => (int)count;

    public ReadOnlySpan<long> Indices => new(indices, Count);

    /// <summary>The row with that index, and its gradients from that place of theirs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public Streams Row(long index, int place) => new(
        Tables.Parameters + ((nuint)index * Tables.Length * Key.Size(0)),
        Gradients(place),
        Tables.First + ((nuint)index * Tables.Length * Key.Size(2)),
        Tables.Second + ((nuint)index * Tables.Length * Key.Size(3)),
        Tables.Length);

    /// <summary>The row of gradients in that place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Gradients(int place) => Tables.Gradients + ((nuint)place * Tables.Length * Key.Size(1));

    /// <summary>Checks everything that the options do not say.</summary>
    /// <exception cref="ArgumentException">As in <see cref="SparseAdam"/>.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Check()
    {
        if (count > int.MaxValue)
        {
            throw new ArgumentOutOfRangeException(nameof(count), count, "There can be at most 2^31 - 1 indices.");
        }

        nuint elements = Product(rows, "rows");
        nuint gradientElements = Product(count, nameof(count));
        if (elements != 0)
        {
            var p = new ArrayExtent("parameters", Tables.Parameters, Key.Parameters, elements);
            var m = new ArrayExtent("expAvg", Tables.First, Key.First, elements);
            var v = new ArrayExtent("expAvgSq", Tables.Second, Key.Second, elements);
            m.RequireApart(p);
            v.RequireApart(p);
            v.RequireApart(m);
            if (gradientElements != 0)
            {
                var g = new ArrayExtent("gradients", Tables.Gradients, Key.Gradients, gradientElements);
                g.RequireApart(p);
                g.RequireApart(m);
                g.RequireApart(v);

                // Each as long as two floats.
                var i = new ArrayExtent("indices", (byte*)indices, ElementType.Float32, 2 * count);
                i.RequireApart(p);
                i.RequireApart(m);
                i.RequireApart(v);
            }
        }
        else if (count != 0 && indices == null)
        {
            throw new ArgumentNullException(nameof(indices));
        }

        ReadOnlySpan<long> all = Indices;
        for (int place = 0; place < all.Length; place++)
        {
            if ((ulong)all[place] >= rows)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(indices), all[place], $"indices[{place}] is the index of none of the {rows} rows.");
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private nuint Product(nuint rowCount, string name)
    {
        ulong high = Math.BigMul(rowCount, Tables.Length, out ulong low);
        return high == 0
            ? (nuint)low
            : throw new ArgumentOutOfRangeException(name, rowCount, $"That many rows of {Tables.Length} elements would end beyond the address space.");
    }
}

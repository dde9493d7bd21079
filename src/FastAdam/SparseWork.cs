using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastAdam.Kernels;
using FastAdam.Rules;

namespace FastAdam;

/// <summary>
/// A sparse step as a list of tensors, one for each row that occurs, with the gradients of repeated indices added up. A thread
/// keeps the room for it.
/// </summary>
internal sealed unsafe class SparseWork : IDisposable
{
    [ThreadStatic]
    private static SparseWork? _kept;

    private SparseRows[] _tables = [];
    private int[] _order = [];
    private int _count;

    // Of all tables, one after another.
    private long[] _sorted = [];
    private int[] _places = [];

    // Not of the collector's heap, which a host may limit: as large as the gradients at worst.
    private float* _sums;
    private nuint _sumsLength;
    private TensorList? _list;

    ~SparseWork() => NativeMemory.Free(_sums);

    /// <summary>The tables, each of which must be set.</summary>
    public Span<SparseRows> Tables
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _tables.AsSpan(0, _count);
    }

    /// <summary>The thread's work, of that many tables.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static SparseWork Take(int count)
    {
        // No longer the thread's while it is in use: a wait may run other code on this thread.
        SparseWork work = _kept ?? new SparseWork();
        _kept = null;
        if (work._tables.Length < count)
        {
            work._tables = new SparseRows[count];
            work._order = new int[checked(TableArrays.PerTable * count)];
        }

        work._count = count;
        return work;
    }

    /// <summary>Checks the tables.</summary>
    /// <param name="isList">Whether they came as a list.</param>
    /// <exception cref="ArgumentException">As in <see cref="SparseAdam"/>.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Check(bool isList) => new SparseValidation(Tables, isList).Check(_order.AsSpan(0, TableArrays.PerTable * _count));

    /// <summary>Makes a step with one kind of constants for all tables, which have been checked.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(in StepConstants constants, int threads)
    {
        TensorList rows = Rows();
        rows.Constants(1)[0] = constants;
        rows.Run(Parallelism.Of(threads));
    }

    /// <summary>The rows of all tables that occur, which have been checked.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public TensorList Rows()
    {
        (int rows, nuint sums) = Sort();
        EnsureSums(sums);
        _list = TensorList.Take(rows);
        (int first, int row) = (0, 0);
        float* sum = _sums;
        foreach (ref readonly SparseRows table in Tables)
        {
            int end = first + (int)table.Count;
            KernelKey summed = table.Key with { Gradients = ElementType.Float32 };
            for (int start = first; start < end; row++)
            {
                int next = RunEnd(start, end);
                Streams streams = table.Row(_sorted[start], _places[start]);
                if (next - start == 1)
                {
                    _list.Set(row, new TensorWork(table.Key, streams, table.Constants));
                }
                else
                {
                    Add(table, _places.AsSpan(start, next - start), sum);
                    _list.Set(row, new TensorWork(
                        summed,
                        new Streams(streams.Parameters, sum, streams.First, streams.Second, streams.Length),
                        table.Constants));
                    sum += streams.Length;
                }

                start = next;
            }

            first = end;
        }

        _list.Accept();
        return _list;
    }

#pragma warning disable CA1816 // It is not the end of it: the thread keeps it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Dispose()
#pragma warning restore CA1816
    {
        _list?.Dispose();
        _list = null;
        _kept = this;
    }

    /// <summary>Brings each table's indices into their order, and equal ones into that of their places.</summary>
    /// <returns>How many different ones there are, and how many elements the rows have that occur more than once.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private (int Rows, nuint Sums) Sort()
    {
        int count = 0;
        foreach (ref readonly SparseRows table in Tables)
        {
            count = checked(count + (int)table.Count);
        }

        if (_sorted.Length < count)
        {
            _sorted = new long[count];
            _places = new int[count];
        }

        (int first, int rows, nuint sums) = (0, 0, 0);
        foreach (ref readonly SparseRows table in Tables)
        {
            int length = (int)table.Count;
            table.Indices.CopyTo(_sorted.AsSpan(first));
            for (int place = 0; place < length; place++)
            {
                _places[first + place] = place;
            }

            _sorted.AsSpan(first, length).Sort(_places.AsSpan(first, length));
            for (int start = first; start < first + length; rows++)
            {
                int next = RunEnd(start, first + length);
                _places.AsSpan(start, next - start).Sort();
                sums += next - start > 1 ? table.Tables.Length : 0;
                start = next;
            }

            first += length;
        }

        return (rows, sums);
    }

    /// <summary>Where the equal indices end that begin there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int RunEnd(int start, int end)
    {
        int next = start + 1;
        while (next < end && _sorted[next] == _sorted[start])
        {
            next++;
        }

        return next;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void EnsureSums(nuint length)
    {
        if (_sumsLength < length)
        {
            _sumsLength = 0;
            _sums = (float*)NativeMemory.Realloc(_sums, checked(length * sizeof(float)));
            _sumsLength = length;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(in SparseRows rows, ReadOnlySpan<int> places, float* sum)
    {
        bool isFirst = true;
        foreach (int place in places)
        {
            KernelRegistry.Add(
                rows.Key.InstructionSet, rows.Key.Gradients, sum, rows.Gradients(place), rows.Tables.Length, isFirst);
            isFirst = false;
        }
    }
}

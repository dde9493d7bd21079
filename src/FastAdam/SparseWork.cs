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

    private long[] _sorted = [];
    private int[] _places = [];

    // Not of the collector's heap, which a host may limit: as large as the gradients at worst.
    private float* _sums;
    private nuint _sumsLength;
    private TensorList? _list;

    ~SparseWork() => NativeMemory.Free(_sums);

    /// <summary>The work of rows that have been checked.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static SparseWork Take(in SparseRows rows)
    {
        // No longer the thread's while it is in use: a wait may run other code on this thread.
        SparseWork work = _kept ?? new SparseWork();
        _kept = null;
        work.Set(rows);
        return work;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(in StepConstants constants, in Parallelism parallelism)
    {
        _list!.Constants(1)[0] = constants;
        _list.Run(parallelism);
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Set(in SparseRows rows)
    {
        Sort(rows.Indices);
        (int distinct, int repeated) = CountRuns(rows.Count);
        EnsureSums((nuint)repeated * rows.Tables.Length);
        _list = TensorList.Take(distinct);
        var summed = rows.Key with { Gradients = ElementType.Float32 };
        float* sum = _sums;
        for ((int start, int row) = (0, 0); start < rows.Count; row++)
        {
            int end = RunEnd(start, rows.Count);
            Streams streams = rows.Row(_sorted[start], _places[start]);
            if (end - start == 1)
            {
                _list.Set(row, new TensorWork(rows.Key, streams));
            }
            else
            {
                Add(rows, _places.AsSpan(start, end - start), sum);
                _list.Set(row, new TensorWork(
                    summed, new Streams(streams.Parameters, sum, streams.First, streams.Second, streams.Length)));
                sum += rows.Tables.Length;
            }

            start = end;
        }

        _list.Accept();
    }

    /// <summary>Brings the indices into their order, and equal ones into that of their places.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Sort(ReadOnlySpan<long> indices)
    {
        if (_sorted.Length < indices.Length)
        {
            _sorted = new long[indices.Length];
            _places = new int[indices.Length];
        }

        indices.CopyTo(_sorted);
        for (int place = 0; place < indices.Length; place++)
        {
            _places[place] = place;
        }

        _sorted.AsSpan(0, indices.Length).Sort(_places.AsSpan(0, indices.Length));
        for (int start = 0; start < indices.Length;)
        {
            int end = RunEnd(start, indices.Length);
            _places.AsSpan(start, end - start).Sort();
            start = end;
        }
    }

    /// <summary>How many different indices there are, and how many of them occur more than once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private (int Distinct, int Repeated) CountRuns(int count)
    {
        (int distinct, int repeated) = (0, 0);
        for (int start = 0; start < count; distinct++)
        {
            int end = RunEnd(start, count);
            repeated += end - start > 1 ? 1 : 0;
            start = end;
        }

        return (distinct, repeated);
    }

    /// <summary>Where the equal indices end that begin there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int RunEnd(int start, int count)
    {
        int end = start + 1;
        while (end < count && _sorted[end] == _sorted[start])
        {
            end++;
        }

        return end;
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

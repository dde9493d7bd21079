using System.Runtime.CompilerServices;
using FastAdam.Kernels;
using FastAdam.Memory;

namespace FastAdam.Passes;

/// <summary>The tables of a sparse step. It makes a list of tensors of them, one for each row that occurs, with the gradients of repeated
/// indices added up.</summary>
internal unsafe struct RowTable
{
    private NativeBuffer<TableWork> _tables;

    // Of all tables, one after another.
    private NativeBuffer<long> _sorted;
    private NativeBuffer<int> _places;
    private NativeBuffer<float> _sums;

    /// <summary>How many tables there are.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of its work area.</summary>
    public readonly nuint Bytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _tables.Bytes + _sorted.Bytes + _places.Bytes + _sums.Bytes;
    }

    public readonly ref TableWork this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _tables[(nuint)index];
    }

    /// <summary>Makes room for that many tables, each of which must then be set.</summary>
    /// <exception cref="OutOfMemoryException">The system does not give that much.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Resize(int count)
    {
        _tables.Reserve((nuint)count);
        Count = count;
    }

    /// <summary>Lists the rows of all tables that occur. The tables were checked.</summary>
    /// <exception cref="OutOfMemoryException">The system does not give enough for the work area.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void List(ref TensorList list)
    {
        (nuint rows, nuint sums) = Sort();
        _sums.Reserve(sums);
        list.Resize(rows);
        float* sum = _sums.Pointer;
        nuint first = 0;
        nuint row = 0;
        for (int i = 0; i < Count; i++)
        {
            ref readonly TableWork table = ref this[i];
            KernelKey summed = new(
                table.Key.InstructionSet, table.Key.Rule, table.Key.Types.With(ArrayRole.Gradients, ElementType.Float32));
            nuint end = first + table.Count;
            for (nuint start = first; start < end; row++)
            {
                nuint next = RunEnd(start, end);
                UpdateArrays arrays = table.Row(_sorted[start], _places[start]);
                if (next - start == 1)
                {
                    list.Set(row, new TensorWork(table.Key, arrays, table.Constants));
                }
                else
                {
                    Add(table, start, next, sum);
                    arrays.Gradients = (byte*)sum;
                    list.Set(row, new TensorWork(summed, arrays, table.Constants));
                    sum += arrays.Length;
                }

                start = next;
            }

            first = end;
        }

        list.Accept();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Free()
    {
        Count = 0;
        _tables.Free();
        _sorted.Free();
        _places.Free();
        _sums.Free();
    }

    /// <summary>Brings each table's indices into their order, and equal ones into that of their places.</summary>
    /// <returns>How many different ones there are, and how many elements the rows have that occur more than once.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private (nuint Rows, nuint Sums) Sort()
    {
        nuint count = 0;
        for (int i = 0; i < Count; i++)
        {
            count += this[i].Count;
        }

        _sorted.Reserve(count);
        _places.Reserve(count);
        (nuint first, nuint rows, nuint sums) = (0, 0, 0);
        for (int i = 0; i < Count; i++)
        {
            ref readonly TableWork table = ref this[i];
            var sorted = new Span<long>(_sorted.Pointer + first, (int)table.Count);
            var places = new Span<int>(_places.Pointer + first, (int)table.Count);
            new ReadOnlySpan<long>(table.Indices, (int)table.Count).CopyTo(sorted);
            for (int place = 0; place < places.Length; place++)
            {
                places[place] = place;
            }

            sorted.Sort(places);
            nuint end = first + table.Count;
            for (nuint start = first; start < end; rows++)
            {
                nuint next = RunEnd(start, end);
                places.Slice((int)(start - first), (int)(next - start)).Sort();
                sums += next - start > 1 ? table.FirstRow.Length : 0;
                start = next;
            }

            first = end;
        }

        return (rows, sums);
    }

    /// <summary>Where the equal indices end that begin there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly nuint RunEnd(nuint start, nuint end)
    {
        nuint next = start + 1;
        while (next < end && _sorted[next] == _sorted[start])
        {
            next++;
        }

        return next;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Add(in TableWork table, nuint start, nuint end, float* sum)
    {
        for (nuint i = start; i < end; i++)
        {
            KernelTable.Add(
                table.Key.InstructionSet,
                table.Key.Types[ArrayRole.Gradients],
                sum,
                table.Gradients(_places[i]),
                table.FirstRow.Length,
                isFirst: i == start);
        }
    }
}

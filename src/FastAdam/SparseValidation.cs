using System.Runtime.CompilerServices;
using FastAdam.Kernels;

namespace FastAdam;

/// <summary>Everything that is checked about tables before a sparse step writes its first element.</summary>
/// <param name="tables">The tables.</param>
/// <param name="isList">Whether they came as a list; else there is one, whose arrays came as arguments.</param>
internal readonly ref struct SparseValidation(ReadOnlySpan<SparseRows> tables, bool isList)
{
    private readonly ReadOnlySpan<SparseRows> _tables = tables;

    /// <param name="order">Room for the numbers of all arrays, <see cref="TableArrays.PerTable"/> of each table.</param>
    /// <exception cref="ArgumentException">As in <see cref="SparseAdam"/>.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Check(Span<int> order)
    {
        for (int table = 0; table < _tables.Length; table++)
        {
            Extents(table);
        }

        for (int i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        if (ListOverlap.Find(new TableArrays(_tables), order) is (int array, int other))
        {
            throw new ArgumentException(
                isList ? $"{Name(array, ": ")} overlaps {Name(other, " ")}." : $"{Name(array)} overlaps {Name(other)}.",
                isList ? "tables" : Name(array));
        }

        for (int table = 0; table < _tables.Length; table++)
        {
            Indices(table);
        }
    }

    private static string Name(int array) => TableArrays.Name(array % TableArrays.PerTable);

    private static string Name(int array, string separator) => $"tables[{array / TableArrays.PerTable}]{separator}{Name(array)}";

    private string Prefix(int table) => isList ? $"tables[{table}]: " : "";

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Extents(int table)
    {
        ref readonly SparseRows rows = ref _tables[table];
        if (rows.Count > int.MaxValue)
        {
            throw OutOfRange("count", table, rows.Count, "there can be at most 2^31 - 1 indices.");
        }

        var arrays = new TableArrays(_tables);
        for (int array = 0; array < TableArrays.PerTable; array++)
        {
            int number = (table * TableArrays.PerTable) + array;
            bool isOfTable = TableArrays.IsOfTable(array);
            nuint count = isOfTable ? rows.Rows : rows.Count;
            nuint start = arrays.Start(number);
            ulong high = Math.BigMul(count, arrays.RowBytes(number), out ulong bytes);
            if (high != 0 || start + (nuint)bytes < start)
            {
                throw OutOfRange(
                    isOfTable ? "rows" : "count",
                    table,
                    count,
                    $"{TableArrays.Name(array)} of that many rows of {rows.Tables.Length} elements would end beyond the address space.");
            }

            if (bytes != 0 && start == 0)
            {
                string name = TableArrays.Name(array);
                throw isList ? StepValidation.Null("tables", table, $"{name} is null.") : new ArgumentNullException(name);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Indices(int table)
    {
        nuint rows = _tables[table].Rows;
        ReadOnlySpan<long> indices = _tables[table].Indices;
        for (int place = 0; place < indices.Length; place++)
        {
            if ((ulong)indices[place] >= rows)
            {
                throw OutOfRange(
                    "indices", table, indices[place], $"indices[{place}] is the index of none of the {rows} rows.");
            }
        }
    }

    private ArgumentOutOfRangeException OutOfRange(string argument, int table, object value, string message) =>
        new(isList ? "tables" : argument, value, Prefix(table) + message);
}

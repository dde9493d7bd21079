using System.Runtime.CompilerServices;
using FastAdam.Kernels;
using FastAdam.Passes;

namespace FastAdam.Checks;

/// <summary>Finds what is wrong with the tables of a sparse step.</summary>
internal static unsafe class TableCheck
{
    private const string Argument = "tables";

    // The place of a table's indices among its arrays.
    private const byte IndicesPlace = ArrayRoles.Count;

    /// <exception cref="ArgumentException">As in <see cref="SparseAdam"/>.</exception>
    /// <exception cref="OutOfMemoryException">The system does not give enough for the work area.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tables(in RowTable tables, ref ListOverlap overlap)
    {
        overlap.Reserve((nuint)tables.Count * (ArrayRoles.Count + 1));
        for (int i = 0; i < tables.Count; i++)
        {
            Arrays(tables[i], i, ref overlap);
        }

        if (overlap.Find() is (ArrayBytes array, ArrayBytes other))
        {
            throw Faults.Invalid(
                Fault.Overlap,
                Argument,
                $"{Argument}[{array.Owner}]: {Name(array.Array)} overlaps {Argument}[{other.Owner}] {Name(other.Array)}.");
        }

        for (int i = 0; i < tables.Count; i++)
        {
            Indices(tables[i], i);
        }
    }

    private static string Name(int place) =>
        place == IndicesPlace ? "indices" : ArrayNames.Of(Rules.RuleKind.Adam, (ArrayRole)place);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Arrays(in TableWork table, int index, ref ListOverlap overlap)
    {
        var item = new Item(Argument, index);
        if (table.Count > int.MaxValue)
        {
            throw item.OutOfRange(Fault.Length, table.Count, "Count must be at most 2^31 - 1.");
        }

        for (ArrayRole role = 0; (int)role < ArrayRoles.Count; role++)
        {
            if (table.Key.Has(role))
            {
                if (!ElementTypes.IsPlain(table.Key.Types[role]))
                {
                    throw item.OutOfRange(
                        Fault.ElementType, table.Key.Types[role], $"{Name((int)role)} of a table must be float, Half or BFloat16.");
                }

                bool isGradients = role == ArrayRole.Gradients;
                nuint rows = isGradients ? table.Count : table.Rows;
                ulong high = Math.BigMul(rows, table.FirstRow.Length, out ulong elements);
                Add(table.FirstRow[role], high == 0 ? (nuint)elements : nuint.MaxValue, table.Key.Size(role), (byte)role, !isGradients, item, ref overlap);
            }
        }

        Add((byte*)table.Indices, table.Count, sizeof(long), IndicesPlace, isWritten: false, item, ref overlap);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(
        byte* start, nuint elements, nuint size, byte place, bool isWritten, Item item, ref ListOverlap overlap)
    {
        nuint end = (nuint)start + (elements * size);
        if (elements > nuint.MaxValue / size || end < (nuint)start)
        {
            throw item.OutOfRange(Fault.Length, elements, $"{Name(place)} would end beyond the address space.");
        }

        if (elements != 0 && start == null)
        {
            throw item.Null($"{Name(place)} is null.");
        }

        overlap.Add(new ArrayBytes((nuint)start, end, item.Index, place, isWritten));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Indices(in TableWork table, int index)
    {
        for (nuint place = 0; place < table.Count; place++)
        {
            if ((ulong)table.Indices[place] >= table.Rows)
            {
                throw new Item(Argument, index).OutOfRange(
                    Fault.Index, table.Indices[place], $"indices[{place}] is the index of none of the {table.Rows} rows.");
            }
        }
    }
}

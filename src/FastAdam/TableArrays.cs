using System.Runtime.CompilerServices;
using FastAdam.Kernels;

namespace FastAdam;

/// <summary>The arrays of a list of tables, numbered by table * <see cref="PerTable"/> + array.</summary>
internal readonly unsafe ref struct TableArrays(ReadOnlySpan<SparseRows> tables) : IArrays
{
    public const int PerTable = 5;

    private readonly ReadOnlySpan<SparseRows> _tables = tables;

    public static string Name(int array) => array switch
    {
        0 => "parameters",
        1 => "expAvg",
        2 => "expAvgSq",
        3 => "indices",
        _ => "gradients",
    };

    /// <summary>Whether it has a row for each of the table, and is written, and not one for each index.</summary>
    public static bool IsOfTable(int array) => array < 3;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public nuint Start(int array)
    {
        ref readonly SparseRows rows = ref _tables[array / PerTable];
        return (nuint)((array % PerTable) switch
        {
            0 => rows.Tables.Parameters,
            1 => rows.Tables.First,
            2 => rows.Tables.Second,
            3 => (byte*)rows.FirstIndex,
            _ => rows.Tables.Gradients,
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public nuint Bytes(int array)
    {
        ref readonly SparseRows rows = ref _tables[array / PerTable];
        return (IsOfTable(array % PerTable) ? rows.Rows : rows.Count) * RowBytes(array);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public ArrayUse Use(int array) => IsOfTable(array % PerTable) ? ArrayUse.Written : ArrayUse.Read;

    /// <summary>Bytes of a row; <see cref="nuint.MaxValue"/> where it has more than that.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public nuint RowBytes(int array)
    {
        ref readonly SparseRows rows = ref _tables[array / PerTable];
        nuint length = rows.Tables.Length;
        nuint size = (array % PerTable) switch
        {
            0 => rows.Key.Size(0),
            1 => rows.Key.Size(2),
            2 => rows.Key.Size(3),
            3 => 0,
            _ => rows.Key.Size(Streams.GradientsNumber),
        };
        return size == 0 ? sizeof(long) : length > nuint.MaxValue / size ? nuint.MaxValue : length * size;
    }
}

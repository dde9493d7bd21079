using FastAdam.Kernels;
using FastAdam.Steps;

namespace FastAdam.Native;

/// <summary>A list of fastadam_table.</summary>
internal readonly unsafe struct NativeTables(void* first, nuint count) : IItems<SparseTable>
{
    private readonly NativeList _list = new("tables", first, count);

    public int Count => _list.Count;

    public void Read(int index, out SparseTable item)
    {
        NativeTable table = default;
        _list.Read(index, NativeTable.RequiredSize, ref table);
        var firstRow = new UpdateArrays
        {
            Parameters = (byte*)table.Param,
            Gradients = (byte*)table.Grad,
            FirstState = (byte*)table.ExpAvg,
            SecondState = (byte*)table.ExpAvgSq,
            Length = table.RowLength,
        };
        var types = new StorageTypes(
            NativeTensors.Type(table.ParamDtype),
            NativeTensors.Type(table.GradDtype),
            NativeTensors.Type(table.ExpAvgDtype),
            NativeTensors.Type(table.ExpAvgSqDtype));
        item = new SparseTable(firstRow, types, table.Rows, table.Indices, table.Count) { Group = table.Group, Step = table.Step };
    }
}

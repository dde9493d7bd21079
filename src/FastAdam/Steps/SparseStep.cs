using System.Runtime.CompilerServices;
using FastAdam.Checks;
using FastAdam.Rules;

namespace FastAdam.Steps;

/// <summary>A step over rows of tables: its own checks, then the way of a step over a list of tensors, which the rows are.</summary>
internal static class SparseStep
{
    /// <exception cref="ArgumentException">As in <see cref="SparseAdam"/>.</exception>
    /// <exception cref="OutOfMemoryException">There is no memory for the work area: nothing was written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static StepReport Run<TTables, TGroups>(
        InstructionSet instructionSet, TTables tables, TGroups groups, long step, in StepOptions options)
        where TTables : IItems<SparseTable>, allows ref struct
        where TGroups : IItems<GroupValues>, allows ref struct
    {
        StepCheck.Number(step);
        StepCheck.Options(options);
        using StepArea area = StepArea.Take();
        area.Constants.SetGroups(groups, "tables", isSparse: true);
        Fill(area, instructionSet, tables, step);
        TableCheck.Tables(area.Rows, ref area.Overlap);
        area.Rows.List(ref area.Tensors);
        return StepPasses.Run(area, options);
    }

    // Inlined, it would leave the JIT no budget for what it is made of.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Fill<TTables>(StepArea area, InstructionSet instructionSet, TTables tables, long step)
        where TTables : IItems<SparseTable>, allows ref struct
    {
        int count = tables.Count;
        area.Rows.Resize(count);
        for (int i = 0; i < count; i++)
        {
            tables.Read(i, out SparseTable table);
            area.Constants.KindOf(table.Group, table.Step, i, out _);
            int constants = area.Constants.IndexOf(table.Group, table.Step == 0 ? step : table.Step, default);
            area.Rows[i] = table.Work(instructionSet, constants);
        }
    }
}

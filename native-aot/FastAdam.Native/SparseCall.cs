namespace FastAdam.Native;

/// <summary>fastadam_sparse_step and fastadam_sparse_optimizer_step.</summary>
internal static unsafe class SparseCall
{
    public static Status Run(NativeSparse* table, NativeOptions* options, long step)
    {
        Status status = NativeOptions.Check(options);
        if (status != Status.Ok)
        {
            return status;
        }

        if (options->Flags.HasFlag(NativeFlags.AmsGrad))
        {
            return Status.Unsupported;
        }

        if (table == null)
        {
            return Status.Null;
        }

        if (!table->Types.AreKnown)
        {
            return Status.DType;
        }

        SparseAdam.Step(table->ToManaged(), step, options->ToManaged());
        return Status.Ok;
    }

    public static Status Run(
        NativeGroupSparse* tables,
        nuint count,
        NativeGroup* groups,
        nuint groupCount,
        NativeStepOptions* options,
        long step,
        NativeReport* report)
    {
        Status status = OptimizerCall.CheckCall(tables, count, groups, groupCount, options, report);
        if (status != Status.Ok)
        {
            return status;
        }

        using var managedGroups = new Rented<OptimizerOptions>((int)groupCount);
        status = OptimizerCall.ToManaged(groups, managedGroups.Span);
        for (int i = 0; i < (int)groupCount && status == Status.Ok; i++)
        {
            bool isAdam = groups[i].Rule == OptimizerRule.Adam && !groups[i].Flags.HasFlag(NativeFlags.AmsGrad);
            status = isAdam ? Status.Ok : Status.Unsupported;
        }

        using var managedTables = new Rented<SparseTable>((int)count);
        for (int i = 0; i < (int)count && status == Status.Ok; i++)
        {
            status = tables[i].Check();
            managedTables.Span[i] = tables[i].ToManaged();
        }

        if (status != Status.Ok)
        {
            return status;
        }

        StepReport result = SparseAdam.Step(
            Level.InstructionSet, managedTables.Span, managedGroups.Span, step, NativeStepOptions.ToManaged(options));
        if (report != null)
        {
            report->Set(result);
        }

        return Status.Ok;
    }
}

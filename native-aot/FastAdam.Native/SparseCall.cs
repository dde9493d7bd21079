namespace FastAdam.Native;

/// <summary>fastadam_sparse_step.</summary>
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
}

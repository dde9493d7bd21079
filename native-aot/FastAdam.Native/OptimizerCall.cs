namespace FastAdam.Native;

/// <summary>fastadam_optimizer_step, and what of fastadam_step goes the same way.</summary>
internal static unsafe class OptimizerCall
{
    /// <summary>Tensors or groups of which the arrays of a call can be counted.</summary>
    public const int LongestList = int.MaxValue / 16;

    public static Status Run(
        NativeGroupTensor* tensors,
        nuint count,
        NativeGroup* groups,
        nuint groupCount,
        NativeStepOptions* options,
        long step,
        NativeReport* report)
    {
        Status status = CheckCall(tensors, count, groups, groupCount, options, report);
        if (status != Status.Ok)
        {
            return status;
        }

        using var managedGroups = new Rented<OptimizerOptions>((int)groupCount);
        status = ToManaged(groups, managedGroups.Span);
        if (status != Status.Ok)
        {
            return status;
        }

        using var managedTensors = new Rented<OptimizerTensor>((int)count);
        for (int i = 0; i < (int)count; i++)
        {
            status = tensors[i].Check();
            if (status != Status.Ok)
            {
                return status;
            }

            managedTensors.Span[i] = tensors[i].ToManaged();
        }

        StepReport result = Optimizer.Step(
            Level.InstructionSet, managedTensors.Span, managedGroups.Span, step, NativeStepOptions.ToManaged(options));
        if (report != null)
        {
            report->Set(result);
        }

        return Status.Ok;
    }

    /// <summary>A step of fastadam_step with FASTADAM_AMSGRAD.</summary>
    public static Status RunAmsGrad(NativeTensor* tensors, nuint count, in NativeOptions options, long step)
    {
        OptimizerOptions group = new NativeGroup(options).ToManaged();
        Status status = CheckLists(tensors, count, &group, 1);
        if (status != Status.Ok)
        {
            return status;
        }

        using var managedTensors = new Rented<OptimizerTensor>((int)count);
        for (int i = 0; i < (int)count; i++)
        {
            if (!tensors[i].Types.AreKnown)
            {
                return Status.DType;
            }

            managedTensors.Span[i] = tensors[i].ToManaged();
        }

        Optimizer.Step(
            Level.InstructionSet, managedTensors.Span, new(in group), step, new StepOptions { Threads = options.Threads });
        return Status.Ok;
    }

    /// <summary>Checks all that a call with groups says but the tensors and the groups themselves.</summary>
    public static Status CheckCall(
        void* tensors, nuint count, NativeGroup* groups, nuint groupCount, NativeStepOptions* options, NativeReport* report)
    {
        Status status = NativeStepOptions.Check(options);
        status = status != Status.Ok ? status : NativeReport.Check(report);
        return status != Status.Ok ? status : CheckLists(tensors, count, groups, groupCount);
    }

    /// <summary>Checks groups and takes them over.</summary>
    public static Status ToManaged(NativeGroup* groups, Span<OptimizerOptions> managed)
    {
        for (int i = 0; i < managed.Length; i++)
        {
            Status status = groups[i].Check();
            if (status != Status.Ok)
            {
                return status;
            }

            managed[i] = groups[i].ToManaged();
        }

        return Status.Ok;
    }

    private static Status CheckLists(void* tensors, nuint count, void* groups, nuint groupCount) =>
        (tensors == null && count != 0) || (groups == null && groupCount != 0) ? Status.Null
        : count > LongestList || groupCount > LongestList ? Status.Length
        : Status.Ok;
}

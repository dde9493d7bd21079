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
        Status status = NativeStepOptions.Check(options);
        status = status != Status.Ok ? status : NativeReport.Check(report);
        status = status != Status.Ok ? status : CheckLists(tensors, count, groups, groupCount);
        if (status != Status.Ok)
        {
            return status;
        }

        using var managedGroups = new Rented<OptimizerOptions>((int)groupCount);
        for (int i = 0; i < (int)groupCount; i++)
        {
            status = groups[i].Check();
            if (status != Status.Ok)
            {
                return status;
            }

            managedGroups.Span[i] = groups[i].ToManaged();
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

    private static Status CheckLists(void* tensors, nuint count, void* groups, nuint groupCount) =>
        (tensors == null && count != 0) || (groups == null && groupCount != 0) ? Status.Null
        : count > LongestList || groupCount > LongestList ? Status.Length
        : Status.Ok;
}

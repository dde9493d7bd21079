using FastAdam.Kernels;

namespace FastAdam.Native.Tests;

/// <summary>The library's own structures of the C interface, as a caller fills them. A group is a <c>GroupValues</c>.</summary>
internal static unsafe class NativeStructs
{
    private const ulong SkipNonFinite = 1;
    private const ulong ReportChanges = 2;

    /// <summary>A tensor with the arrays that the kernel has.</summary>
    public static NativeTensor Tensor(in KernelKey key, UpdateArrays arrays) => new()
    {
        StructSize = (uint)sizeof(NativeTensor),
        N = arrays.Length,
        Param = arrays.Parameters,
        Grad = arrays.Gradients,
        State0 = arrays.FirstState,
        State1 = arrays.SecondState,
        State2 = arrays.ThirdState,
        State3 = arrays.FourthState,
        ParamDtype = DType(key, ArrayRole.Parameters),
        GradDtype = DType(key, ArrayRole.Gradients),
        StateDtype0 = DType(key, ArrayRole.FirstState),
        StateDtype1 = DType(key, ArrayRole.SecondState),
        StateDtype2 = DType(key, ArrayRole.ThirdState),
        StateDtype3 = DType(key, ArrayRole.FourthState),
        ParamPart = arrays.Parts.Parameters,
        StatePart0 = arrays.Parts.FirstState,
        StatePart1 = arrays.Parts.SecondState,
        StatePart2 = arrays.Parts.ThirdState,
        StatePart3 = arrays.Parts.FourthState,
    };

    /// <summary>A table. The lengths of the tables' arrays are that of all rows.</summary>
    public static NativeTable Table(in KernelKey key, UpdateArrays tables, int rows, long* indices, void* gradients, int count) => new()
    {
        StructSize = (uint)sizeof(NativeTable),
        Rows = (nuint)rows,
        RowLength = tables.Length / (nuint)rows,
        Count = (nuint)count,
        Param = tables.Parameters,
        Grad = gradients,
        ExpAvg = tables.FirstState,
        ExpAvgSq = tables.SecondState,
        Indices = indices,
        ParamDtype = DType(key, ArrayRole.Parameters),
        GradDtype = DType(key, ArrayRole.Gradients),
        ExpAvgDtype = DType(key, ArrayRole.FirstState),
        ExpAvgSqDtype = DType(key, ArrayRole.SecondState),
    };

    public static NativeStepOptions Options(in StepOptions options) => new()
    {
        StructSize = (uint)sizeof(NativeStepOptions),
        Threads = options.Threads,
        Flags = (options.NonFiniteGradients == NonFiniteGradients.SkipStep ? SkipNonFinite : 0)
            | (options.ReportsChanges ? ReportChanges : 0),
        MaxGradNorm = options.MaxGradientNorm ?? 0,
        Seed = options.Seed,
    };

    /// <summary>A report that a step has not written yet.</summary>
    public static NativeReport Report() => new() { StructSize = (uint)sizeof(NativeReport) };

    /// <summary>What is said in a report, for comparing.</summary>
    public static string Text(in NativeReport report) =>
        $"size {report.StructSize}, skipped {report.Skipped}, non-finite {report.NonFinite}, gradient norm {report.GradNorm:r}, "
        + $"update norm {report.UpdateNorm:r}, parameter norm {report.ParamNorm:r}, unchanged {report.UnchangedShare:r}";

    /// <summary>The same of the managed library's.</summary>
    public static string Text(in StepReport report) =>
        $"size {sizeof(NativeReport)}, skipped {(report.IsSkipped ? 1 : 0)}, non-finite {report.NonFiniteGradients ?? -1}, "
        + $"gradient norm {report.GradientNorm ?? double.NaN:r}, update norm {report.UpdateNorm ?? double.NaN:r}, "
        + $"parameter norm {report.ParameterNorm ?? double.NaN:r}, unchanged {report.UnchangedShare ?? double.NaN:r}";

    /// <summary>FASTADAM_F32 and so on; 0 where there is no such array.</summary>
    private static int DType(in KernelKey key, ArrayRole role) => !key.Has(role) ? 0 : key.Types[role] switch
    {
        ElementType.Float32 => 0,
        ElementType.Float16 => 1,
        ElementType.BFloat16 => 2,
        ElementType.Block8 => 4,
        ElementType.Split16 => 5,
        ElementType.Split8 => 6,
        ElementType.Float32WithBFloat16 => 7,
        ElementType.Float32WithFloat16 => 8,
        ElementType.StochasticBFloat16 => 9,
        ElementType.StochasticFloat16 => 10,
        _ => throw new ArgumentOutOfRangeException(nameof(role)),
    };
}

using FastAdam.Checks;
using FastAdam.Passes;

namespace FastAdam.Native;

/// <summary>fastadam_step_options and fastadam_report: what all steps over lists have.</summary>
internal static unsafe class StepArguments
{
    private const ulong SkipNonFinite = 1 << 0;
    private const ulong ReportChanges = 1 << 1;
    private const ulong NeverNegative = 1 << 0;

    /// <summary>Whether arrays that are converted may be below zero.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An unknown flag is set.</exception>
    public static bool IsSigned(ulong flags) => (flags & ~NeverNegative) == 0
        ? flags == 0
        : throw Faults.OutOfRange(Fault.Flags, nameof(flags), flags, "An unknown flag is set.");

    /// <exception cref="ArgumentException">The options cannot be understood.</exception>
    public static StepOptions Options(void* structure)
    {
        if (structure == null)
        {
            return default;
        }

        NativeStepOptions options = default;
        NativeItem.Read("options", (byte*)structure, *(uint*)structure, NativeStepOptions.RequiredSize, ref options);
        if ((options.Flags & ~(SkipNonFinite | ReportChanges)) != 0)
        {
            throw Faults.OutOfRange(Fault.Flags, nameof(options), options.Flags, "An unknown flag is set.");
        }

        return new StepOptions
        {
            MaxGradientNorm = options.MaxGradNorm == 0 ? null : options.MaxGradNorm,
            NonFiniteGradients =
                (options.Flags & SkipNonFinite) != 0 ? NonFiniteGradients.SkipStep : NonFiniteGradients.Propagate,
            ReportsChanges = (options.Flags & ReportChanges) != 0,
            Threads = options.Threads,
            Seed = options.Seed,
            Executor = new HostExecutor(options.Executor, options.ExecutorContext),
        };
    }

    /// <exception cref="ArgumentOutOfRangeException">The size of the report is none that a version has.</exception>
    public static void CheckReport(NativeReport* report)
    {
        if (report != null && !NativeItem.IsPossible(report->StructSize, NativeReport.RequiredSize))
        {
            throw NativeItem.WrongSize(nameof(report), report->StructSize);
        }
    }

    /// <summary>Writes as much of the report as the caller has room for.</summary>
    public static void SetReport(NativeReport* report, in StepReport result)
    {
        if (report == null)
        {
            return;
        }

        var all = new NativeReport
        {
            StructSize = report->StructSize,
            Skipped = result.IsSkipped ? 1u : 0,
            NonFinite = result.NonFiniteGradients ?? -1,
            GradNorm = result.GradientNorm ?? double.NaN,
            UpdateNorm = result.UpdateNorm ?? double.NaN,
            ParamNorm = result.ParameterNorm ?? double.NaN,
            UnchangedShare = result.UnchangedShare ?? double.NaN,
        };
        nuint size = nuint.Min(report->StructSize, (nuint)sizeof(NativeReport));
        System.Runtime.InteropServices.NativeMemory.Copy(&all, report, size);
    }
}

using System.Runtime.InteropServices;

namespace FastAdam.Native;

/// <summary>fastadam_step_options.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly unsafe struct NativeStepOptions
{
    public readonly uint StructSize;
    public readonly NativeFlags Flags;
    public readonly int Threads;
    public readonly uint Reserved;
    public readonly double MaxGradientNorm;

    public static Status Check(NativeStepOptions* options) =>
        options == null ? Status.Ok
        : options->StructSize != sizeof(NativeStepOptions) ? Status.StructSize
        : (options->Flags & ~NativeFlags.OfStepOptions) != 0 || options->Reserved != 0 ? Status.Flags
        : options->Threads < 0 ? Status.Threads
        : Status.Ok;

    public static StepOptions ToManaged(NativeStepOptions* options) => options == null ? default : new StepOptions
    {
        MaxGradientNorm = options->MaxGradientNorm == 0 ? null : options->MaxGradientNorm,
        NonFiniteGradients =
            options->Flags.HasFlag(NativeFlags.SkipNonFinite) ? NonFiniteGradients.SkipStep : NonFiniteGradients.Propagate,
        ReportsChanges = options->Flags.HasFlag(NativeFlags.ReportChanges),
        Threads = options->Threads,
    };
}

using System.Runtime.InteropServices;

namespace FastAdam.Native;

/// <summary>fastadam_report.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeReport
{
    public readonly uint StructSize;
    public uint Skipped;
    public long NonFinite;
    public double GradientNorm;
    public double UpdateNorm;
    public double ParameterNorm;
    public double UnchangedShare;

    public static Status Check(NativeReport* report) =>
        report == null || report->StructSize == sizeof(NativeReport) ? Status.Ok : Status.StructSize;

    public void Set(in StepReport report)
    {
        Skipped = report.IsSkipped ? 1u : 0;
        NonFinite = report.NonFiniteGradients ?? -1;
        GradientNorm = report.GradientNorm ?? double.NaN;
        UpdateNorm = report.UpdateNorm ?? double.NaN;
        ParameterNorm = report.ParameterNorm ?? double.NaN;
        UnchangedShare = report.UnchangedShare ?? double.NaN;
    }
}

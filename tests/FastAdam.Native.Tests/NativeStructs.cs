using System.Runtime.InteropServices;
using FastAdam.Kernels;

namespace FastAdam.Native.Tests;

/// <summary>The dtypes at the end of fastadam_tensor and fastadam_sparse, as a caller writes them down.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeTypes(in KernelKey key)
{
    public int Parameters = DType(key.Parameters);
    public int Gradients = DType(key.Gradients);
    public int ExpAvg = DType(key.First);
    public int ExpAvgSq = DType(key.Second);

    /// <summary>FASTADAM_F32, _F16, _BF16.</summary>
    private static int DType(ElementType type) => type switch
    {
        ElementType.Float32 => 0,
        ElementType.Float16 => 1,
        ElementType.BFloat16 => 2,
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };
}

/// <summary>fastadam_tensor, as a caller writes it down.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeTensor(in TensorWork work)
{
    public void* Parameters = work.Streams.Parameters;
    public void* Gradients = work.Streams.Gradients;
    public void* ExpAvg = work.Streams.First;
    public void* ExpAvgSq = work.Streams.Second;
    public void* MaxExpAvgSq = work.Streams.Third;
    public nuint Length = work.Streams.Length;
    public NativeTypes Types = new(work.Key);
}

/// <summary>fastadam_group_tensor, as a caller writes it down.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeGroupTensor
{
    public NativeTensor Arrays;
    public double* MomentumProduct;
    public long Step;
    public int Group;
    public uint Reserved;
}

/// <summary>fastadam_sparse, as a caller writes it down.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeSparse(in SparseRows rows)
{
    public void* Parameters = rows.Tables.Parameters;
    public void* Gradients = rows.Tables.Gradients;
    public void* ExpAvg = rows.Tables.First;
    public void* ExpAvgSq = rows.Tables.Second;
    public long* Indices = rows.FirstIndex;
    public nuint Rows = rows.Rows;
    public nuint RowLength = rows.Tables.Length;
    public nuint Count = rows.Count;
    public NativeTypes Types = new(rows.Key);
}

/// <summary>fastadam_group_sparse, as a caller writes it down.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeGroupSparse
{
    public NativeSparse Table;
    public long Step;
    public int Group;
    public uint Reserved;
}

/// <summary>fastadam_options, as a caller writes it down.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeOptions
{
    public uint StructSize;
    public uint Flags;
    public double LearningRate;
    public double Beta1;
    public double Beta2;
    public double Epsilon;
    public double WeightDecay;
    public int Threads;
    public uint Reserved;
    public double GradientScale;

    public static NativeOptions Of(in AdamOptions options, bool isAmsGrad = false) => new()
    {
        StructSize = (uint)Marshal.SizeOf<NativeOptions>(),
        Flags = (options.DecoupledWeightDecay ? 1u : 0)
            | (options.Maximize ? 2u : 0)
            | (isAmsGrad ? 4u : 0)
            | (options.Subnormals == Subnormals.Preserve ? 8u : 0),
        LearningRate = options.LearningRate,
        Beta1 = options.Beta1,
        Beta2 = options.Beta2,
        Epsilon = options.Epsilon,
        WeightDecay = options.WeightDecay,
        GradientScale = options.GradientScale,
    };
}

/// <summary>fastadam_group, as a caller writes it down.</summary>
[StructLayout(LayoutKind.Sequential)]
internal record struct NativeGroup
{
    public uint StructSize;
    public int Rule;
    public uint Flags;
    public uint Reserved;
    public double LearningRate;
    public double Beta1;
    public double Beta2;
    public double Epsilon;
    public double WeightDecay;
    public double Momentum;
    public double Dampening;
    public double LearningRateDecay;
    public double MomentumDecay;
    public double GradientScale;
    public double MaxGradientValue;

    public static NativeGroup Of(in OptimizerOptions options) => new()
    {
        StructSize = (uint)Marshal.SizeOf<NativeGroup>(),
        Rule = (int)options.Rule,
        Flags = (options.DecoupledWeightDecay ? 1u : 0)
            | (options.Maximize ? 2u : 0)
            | (options.AmsGrad ? 4u : 0)
            | (options.Subnormals == Subnormals.Preserve ? 8u : 0)
            | (options.Nesterov ? 16u : 0)
            | (options.Centered ? 32u : 0),
        LearningRate = options.LearningRate,
        Beta1 = options.Beta1,
        Beta2 = options.Beta2,
        Epsilon = options.Epsilon,
        WeightDecay = options.WeightDecay,
        Momentum = options.Momentum,
        Dampening = options.Dampening,
        LearningRateDecay = options.LearningRateDecay,
        MomentumDecay = options.MomentumDecay,
        GradientScale = options.GradientScale,
        MaxGradientValue = options.MaxGradientValue,
    };
}

/// <summary>fastadam_step_options, as a caller writes it down.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeStepOptions
{
    public uint StructSize;
    public uint Flags;
    public int Threads;
    public uint Reserved;
    public double MaxGradientNorm;

    public static NativeStepOptions Of(in StepOptions options) => new()
    {
        StructSize = (uint)Marshal.SizeOf<NativeStepOptions>(),
        Flags = (options.NonFiniteGradients == NonFiniteGradients.SkipStep ? 0x100u : 0) | (options.ReportsChanges ? 0x200u : 0),
        Threads = options.Threads,
        MaxGradientNorm = options.MaxGradientNorm ?? 0,
    };
}

/// <summary>fastadam_report, as a caller reads it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal record struct NativeReport
{
    public uint StructSize;
    public uint Skipped;
    public long NonFinite;
    public double GradientNorm;
    public double UpdateNorm;
    public double ParameterNorm;
    public double UnchangedShare;

    public static NativeReport Of(in StepReport report) => new()
    {
        StructSize = (uint)Marshal.SizeOf<NativeReport>(),
        Skipped = report.IsSkipped ? 1u : 0,
        NonFinite = report.NonFiniteGradients ?? -1,
        GradientNorm = report.GradientNorm ?? double.NaN,
        UpdateNorm = report.UpdateNorm ?? double.NaN,
        ParameterNorm = report.ParameterNorm ?? double.NaN,
        UnchangedShare = report.UnchangedShare ?? double.NaN,
    };
}

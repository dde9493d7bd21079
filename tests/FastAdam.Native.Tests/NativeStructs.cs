using System.Runtime.InteropServices;
using FastAdam.Kernels;

namespace FastAdam.Native.Tests;

/// <summary>fastadam_tensor, as a caller writes it down.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeTensor(in KernelKey key, void* p, void* g, void* m, void* v, int length)
{
    public void* Parameters = p;
    public void* Gradients = g;
    public void* ExpAvg = m;
    public void* ExpAvgSq = v;
    public void* MaxExpAvgSq = null;
    public nuint Length = (nuint)length;
    public int ParametersType = DType(key.Parameters);
    public int GradientsType = DType(key.Gradients);
    public int ExpAvgType = DType(key.First);
    public int ExpAvgSqType = DType(key.Second);

    /// <summary>FASTADAM_F32, _F16, _BF16.</summary>
    private static int DType(ElementType type) => type switch
    {
        ElementType.Float32 => 0,
        ElementType.Float16 => 1,
        ElementType.BFloat16 => 2,
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };
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

    public static NativeOptions Of(in AdamOptions options) => new()
    {
        StructSize = (uint)Marshal.SizeOf<NativeOptions>(),
        Flags = (options.DecoupledWeightDecay ? 1u : 0)
            | (options.Maximize ? 2u : 0)
            | (options.Subnormals == Subnormals.Preserve ? 8u : 0),
        LearningRate = options.LearningRate,
        Beta1 = options.Beta1,
        Beta2 = options.Beta2,
        Epsilon = options.Epsilon,
        WeightDecay = options.WeightDecay,
        GradientScale = options.GradientScale,
    };
}

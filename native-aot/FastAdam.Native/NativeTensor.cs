using System.Runtime.InteropServices;

namespace FastAdam.Native;

/// <summary>fastadam_tensor.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly unsafe struct NativeTensor
{
    public readonly void* Parameters;
    public readonly void* Gradients;
    public readonly void* ExpAvg;
    public readonly void* ExpAvgSq;
    public readonly void* MaxExpAvgSq;
    public readonly nuint Length;
    public readonly int ParametersType;
    public readonly int GradientsType;
    public readonly int ExpAvgType;
    public readonly int ExpAvgSqType;
}

// Written by src/FastAdam.Faces: do not edit.
using System.Runtime.InteropServices;

namespace FastAdam.Native;

/// <summary>What the C interface looks like.</summary>
internal static class NativeLayout
{
    /// <summary>A hash of the structures and functions. The face in C has its own, which must be the same.</summary>
    public const int Version = 0x3df4c28f;
}

/// <summary>fastadam_tensor.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeTensor
{
    /// <summary>Bytes that every caller's has.</summary>
    public const int RequiredSize = 96;

    public uint StructSize;
    public int Group;
    public long Step;
    public nuint N;
    public void* Param;
    public void* Grad;
    public void* State0;
    public void* State1;
    public void* State2;
    public void* State3;
    public int ParamDtype;
    public int GradDtype;
    public int StateDtype0;
    public int StateDtype1;
    public int StateDtype2;
    public int StateDtype3;
    public double* Numbers;
    public void* ParamPart;
    public void* StatePart0;
    public void* StatePart1;
    public void* StatePart2;
    public void* StatePart3;
    public ulong RandomId;
    public ulong FirstElement;
}

/// <summary>fastadam_step_options.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeStepOptions
{
    /// <summary>Bytes that every caller's has.</summary>
    public const int RequiredSize = 16;

    public uint StructSize;
    public int Threads;
    public ulong Flags;
    public double MaxGradNorm;
    public ulong Seed;
    public void* Executor;
    public void* ExecutorContext;
}

/// <summary>fastadam_report.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeReport
{
    /// <summary>Bytes that every caller's has.</summary>
    public const int RequiredSize = 16;

    public uint StructSize;
    public uint Skipped;
    public long NonFinite;
    public double GradNorm;
    public double UpdateNorm;
    public double ParamNorm;
    public double UnchangedShare;
}

/// <summary>fastadam_table.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeTable
{
    /// <summary>Bytes that every caller's has.</summary>
    public const int RequiredSize = 96;

    public uint StructSize;
    public int Group;
    public long Step;
    public nuint Rows;
    public nuint RowLength;
    public nuint Count;
    public void* Param;
    public void* Grad;
    public void* ExpAvg;
    public void* ExpAvgSq;
    public long* Indices;
    public int ParamDtype;
    public int GradDtype;
    public int ExpAvgDtype;
    public int ExpAvgSqDtype;
}

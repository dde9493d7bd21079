using FastAdam.Checks;

namespace FastAdam.Native;

/// <summary>The statuses of fastadam.h that a kernel library returns.</summary>
internal enum Status
{
    Ok = 0,
    Null = -1,
    StructSize = -2,
    Flags = -3,
    DType = -4,
    Length = -5,
    Overlap = -6,
    Hyperparameter = -7,
    Step = -8,
    Threads = -9,
    Unsupported = -10,
    Internal = -13,
    Index = -14,
    Memory = -15,
}

/// <summary>What the library's exceptions are in C.</summary>
internal static class Statuses
{
    public static int Of(Exception exception) => (int)(Faults.Of(exception) switch
    {
        Fault.Null => Status.Null,
        Fault.StructSize => Status.StructSize,
        Fault.Flags => Status.Flags,
        Fault.ElementType => Status.DType,
        Fault.Length => Status.Length,
        Fault.Overlap => Status.Overlap,
        Fault.Hyperparameter => Status.Hyperparameter,
        Fault.Step => Status.Step,
        Fault.Threads => Status.Threads,
        Fault.Unsupported => Status.Unsupported,
        Fault.Index => Status.Index,
        _ => exception is OutOfMemoryException ? Status.Memory : Status.Internal,
    });
}

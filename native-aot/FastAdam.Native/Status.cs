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
}

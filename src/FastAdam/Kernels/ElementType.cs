namespace FastAdam.Kernels;

/// <summary>The storage types that arrays come in.</summary>
internal enum ElementType
{
    Float32,
    Float16,
    BFloat16,
}

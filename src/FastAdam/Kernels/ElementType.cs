namespace FastAdam.Kernels;

/// <summary>The storage types that arrays come in. In C they have these numbers.</summary>
internal enum ElementType : byte
{
    Float32,
    Float16,
    BFloat16,
}

using System.Runtime.CompilerServices;

namespace FastAdam.Kernels;

/// <summary>Which .NET type stands for which storage type.</summary>
internal static class ElementTypes
{
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is none of the storage types.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ElementType Of<T>() =>
        typeof(T) == typeof(float) ? ElementType.Float32
        : typeof(T) == typeof(Half) ? ElementType.Float16
        : typeof(T) == typeof(BFloat16) ? ElementType.BFloat16
        : throw new NotSupportedException($"Arrays of {typeof(T)} are not supported: use float, Half or BFloat16.");
}

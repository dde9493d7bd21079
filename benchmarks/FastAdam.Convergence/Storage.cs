using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace FastAdam.Convergence;

/// <summary>Names of the storage types, and conversions between them and the single precision that the network uses.</summary>
internal static class Storage
{
    public static string NameOf<T>() =>
        typeof(T) == typeof(float) ? "float32"
        : typeof(T) == typeof(Half) ? "float16"
        : typeof(T) == typeof(BFloat16) ? "bfloat16"
        : throw NotStorage<T>();

    public static void Widen<T>(ReadOnlySpan<T> source, Span<float> destination)
        where T : struct
    {
        if (typeof(T) == typeof(float))
        {
            MemoryMarshal.Cast<T, float>(source).CopyTo(destination);
        }
        else if (typeof(T) == typeof(Half))
        {
            TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<T, Half>(source), destination);
        }
        else if (typeof(T) == typeof(BFloat16))
        {
            // TensorPrimitives converts numbers of System.Numerics.INumberBase only, which BFloat16 is not.
            ReadOnlySpan<BFloat16> values = MemoryMarshal.Cast<T, BFloat16>(source);
            for (int i = 0; i < values.Length; i++)
            {
                destination[i] = (float)values[i];
            }
        }
        else
        {
            throw NotStorage<T>();
        }
    }

    public static void Narrow<T>(ReadOnlySpan<float> source, Span<T> destination)
        where T : struct
    {
        if (typeof(T) == typeof(float))
        {
            source.CopyTo(MemoryMarshal.Cast<T, float>(destination));
        }
        else if (typeof(T) == typeof(Half))
        {
            TensorPrimitives.ConvertToHalf(source, MemoryMarshal.Cast<T, Half>(destination));
        }
        else if (typeof(T) == typeof(BFloat16))
        {
            Span<BFloat16> values = MemoryMarshal.Cast<T, BFloat16>(destination);
            for (int i = 0; i < source.Length; i++)
            {
                values[i] = (BFloat16)source[i];
            }
        }
        else
        {
            throw NotStorage<T>();
        }
    }

    private static NotSupportedException NotStorage<T>() => new($"{typeof(T)} is not a storage type of FastAdam.");
}

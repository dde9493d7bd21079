using System.Runtime.CompilerServices;
using FastAdam.Kernels;

namespace FastAdam;

/// <summary>
/// Where an array is, and how its elements are stored: <see cref="float"/>, <see cref="Half"/> or <see cref="BFloat16"/>. Pointers of
/// these types become one by themselves. <c>default</c> is no array.
/// </summary>
public readonly unsafe struct TensorArray
{
    internal readonly byte* Start;
    internal readonly ElementType Type;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal TensorArray(void* start, ElementType type)
    {
        Start = (byte*)start;
        Type = type;
    }

    /// <summary>Names an array.</summary>
    /// <typeparam name="T">How elements are stored: <see cref="float"/>, <see cref="Half"/> or <see cref="BFloat16"/>.</typeparam>
    /// <param name="start">The first element; null for no array.</param>
    /// <returns>The array.</returns>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is none of the three storage types.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TensorArray Of<T>(T* start)
        where T : unmanaged => new(start, ElementTypes.Of<T>());

    /// <summary>Names an array of single-precision numbers.</summary>
    /// <param name="start">The first element; null for no array.</param>
    public static implicit operator TensorArray(float* start) => Of(start);

    /// <summary>Names an array of half-precision numbers.</summary>
    /// <param name="start">The first element; null for no array.</param>
    public static implicit operator TensorArray(Half* start) => Of(start);

    /// <summary>Names an array of bfloat16 numbers.</summary>
    /// <param name="start">The first element; null for no array.</param>
    public static implicit operator TensorArray(BFloat16* start) => Of(start);
}

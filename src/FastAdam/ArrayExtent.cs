using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using FastAdam.Kernels;

namespace FastAdam;

/// <summary>The bytes that an array takes, and the argument that it came in.</summary>
internal readonly unsafe struct ArrayExtent
{
    private readonly nuint _first;
    private readonly nuint _end;
    private readonly string _argument;

    /// <param name="argument">The argument's name, or that of the array where the argument is a list.</param>
    /// <param name="start">The first byte.</param>
    /// <param name="type">The storage type.</param>
    /// <param name="length">Elements.</param>
    /// <param name="tensor">The tensor's index in a list, or -1.</param>
    /// <exception cref="ArgumentNullException">The array does not exist.</exception>
    /// <exception cref="ArgumentOutOfRangeException">It would end beyond the address space.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ArrayExtent(string argument, byte* start, ElementType type, nuint length, int tensor = -1)
    {
        _argument = argument;
        _first = (nuint)start;
        _end = _first + (length * (nuint)KernelRegistry.ElementSize(type));

        // No element takes more than 8 bytes, so beneath that length the product cannot wrap around.
        if (start == null || length > nuint.MaxValue / 8 || _end < _first)
        {
            ThrowInvalid(argument, start, length, tensor);
        }
    }

    /// <exception cref="ArgumentException">The two share a byte.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void RequireApart(in ArrayExtent other)
    {
        if (_first < other._end && other._first < _end)
        {
            ThrowOverlap(_argument, other._argument);
        }
    }

    [DoesNotReturn]
    private static void ThrowInvalid(string array, byte* start, nuint length, int tensor)
    {
        bool inList = tensor >= 0;
        string argument = inList ? "tensors" : start == null ? array : nameof(length);
        string name = inList ? $"tensors[{tensor}]: {array}" : array;
        throw (start == null
            ? inList ? new ArgumentNullException(argument, $"{name} is null.") : new ArgumentNullException(argument)
            : new ArgumentOutOfRangeException(argument, length, $"{name} would end beyond the address space."));
    }

    [DoesNotReturn]
    private static void ThrowOverlap(string argument, string other) =>
        throw new ArgumentException($"{argument} overlaps {other}.", argument);
}

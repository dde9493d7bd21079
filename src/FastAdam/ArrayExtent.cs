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

    /// <exception cref="ArgumentNullException">The array does not exist.</exception>
    /// <exception cref="ArgumentOutOfRangeException">It would end beyond the address space.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ArrayExtent(string argument, byte* start, ElementType type, nuint length)
    {
        _argument = argument;
        _first = (nuint)start;
        _end = _first + (length * (nuint)KernelRegistry.ElementSize(type));

        // No element takes more than 8 bytes, so beneath that length the product cannot wrap around.
        if (start == null || length > nuint.MaxValue / 8 || _end < _first)
        {
            ThrowInvalid(argument, start, length);
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
    private static void ThrowInvalid(string argument, byte* start, nuint length) => throw (start == null
        ? new ArgumentNullException(argument)
        : new ArgumentOutOfRangeException(nameof(length), length, $"{argument} would end beyond the address space."));

    [DoesNotReturn]
    private static void ThrowOverlap(string argument, string other) =>
        throw new ArgumentException($"{argument} overlaps {other}.", argument);
}

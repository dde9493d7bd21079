using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using FastAdam.Kernels;

namespace FastAdam.Checks;

/// <summary>The bytes that an array takes.</summary>
internal static unsafe class ArrayExtent
{
    /// <summary>True where an array exists and ends within the address space.</summary>
    /// <param name="start">The first byte.</param>
    /// <param name="type">The storage type.</param>
    /// <param name="length">Elements.</param>
    /// <param name="end">The byte behind the last.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryEnd(byte* start, ElementType type, nuint length, out nuint end)
    {
        end = (nuint)start + (length * (nuint)ElementTypes.Size(type));

        // No element takes more than 8 bytes, so below that length the product cannot wrap around.
        return start != null && length <= nuint.MaxValue / 8 && end >= (nuint)start;
    }

    /// <summary>The error about an array that does not exist, or ends beyond the address space.</summary>
    /// <param name="item">The tensor in a list; one without an index where the array is an argument itself.</param>
    /// <param name="name">The array's name.</param>
    /// <param name="start">The first byte.</param>
    /// <param name="length">Elements.</param>
    [DoesNotReturn]
    public static void ThrowInvalid(Item item, string name, byte* start, nuint length)
    {
        bool inList = item.Index >= 0;
        throw (start == null
            ? inList ? item.Null($"{name} is null.") : Faults.Null(name)
            : Faults.OutOfRange(
                Fault.Length,
                inList ? item.Argument : nameof(length),
                length,
                $"{item.Prefix}{name} would end beyond the address space."));
    }

    /// <summary>The byte behind an array that came as an argument.</summary>
    /// <exception cref="ArgumentException">It does not exist, or would end beyond the address space.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nuint End(string name, byte* start, ElementType type, nuint length)
    {
        if (!TryEnd(start, type, length, out nuint end))
        {
            ThrowInvalid(new Item(name), name, start, length);
        }

        return end;
    }

    /// <exception cref="ArgumentException">Two arrays that came as arguments overlap.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void RequireApart(nuint first, nuint end, nuint otherFirst, nuint otherEnd, string name, string other)
    {
        if (first < otherEnd && otherFirst < end)
        {
            ThrowOverlap(name, other);
        }
    }

    [DoesNotReturn]
    private static void ThrowOverlap(string name, string other) =>
        throw Faults.Invalid(Fault.Overlap, name, $"{name} overlaps {other}.");
}

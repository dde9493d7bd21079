using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using FastAdam.Kernels;

namespace FastAdam.Checks;

/// <summary>Finds what is wrong with the four arrays of one tensor for Adam, which came as arguments.</summary>
internal static unsafe class AdamArraysCheck
{
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Lengths(int parameters, int gradients, int expAvg, int expAvgSq)
    {
        Length(gradients, parameters, nameof(gradients));
        Length(expAvg, parameters, nameof(expAvg));
        Length(expAvgSq, parameters, nameof(expAvgSq));
    }

    /// <exception cref="ArgumentException">An array does not exist, would end beyond the address space, or overlaps another one.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Arrays(in StorageTypes types, in UpdateArrays arrays)
    {
        if (arrays.Length == 0)
        {
            return;
        }

        nuint p = (nuint)arrays.Parameters, g = (nuint)arrays.Gradients, m = (nuint)arrays.FirstState, v = (nuint)arrays.SecondState;
        nuint pEnd = End("parameters", arrays.Parameters, types[ArrayRole.Parameters], arrays.Length);
        nuint gEnd = End("gradients", arrays.Gradients, types[ArrayRole.Gradients], arrays.Length);
        nuint mEnd = End("expAvg", arrays.FirstState, types[ArrayRole.FirstState], arrays.Length);
        nuint vEnd = End("expAvgSq", arrays.SecondState, types[ArrayRole.SecondState], arrays.Length);
        Apart(g, gEnd, p, pEnd, "gradients", "parameters");
        Apart(m, mEnd, p, pEnd, "expAvg", "parameters");
        Apart(m, mEnd, g, gEnd, "expAvg", "gradients");
        Apart(v, vEnd, p, pEnd, "expAvgSq", "parameters");
        Apart(v, vEnd, g, gEnd, "expAvgSq", "gradients");
        Apart(v, vEnd, m, mEnd, "expAvgSq", "expAvg");
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nuint End(string name, byte* start, ElementType type, nuint length)
    {
        if (!ArrayExtent.TryEnd(start, type, length, out nuint end))
        {
            ArrayExtent.ThrowInvalid(new Item(name), name, start, length);
        }

        return end;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Apart(nuint first, nuint end, nuint otherFirst, nuint otherEnd, string name, string other)
    {
        if (first < otherEnd && otherFirst < end)
        {
            ThrowOverlap(name, other);
        }
    }

    [DoesNotReturn]
    private static void ThrowOverlap(string name, string other) =>
        throw Faults.Invalid(Fault.Overlap, name, $"{name} overlaps {other}.");

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Length(int length, int expected, string name)
    {
        if (length != expected)
        {
            ThrowLength(length, expected, name);
        }
    }

    [DoesNotReturn]
    private static void ThrowLength(int length, int expected, string name) =>
        throw Faults.Invalid(Fault.Length, name, $"{name} has {length} elements, but parameters has {expected}.");
}

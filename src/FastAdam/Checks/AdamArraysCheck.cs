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
        nuint pEnd = ArrayExtent.End("parameters", arrays.Parameters, types[ArrayRole.Parameters], arrays.Length);
        nuint gEnd = ArrayExtent.End("gradients", arrays.Gradients, types[ArrayRole.Gradients], arrays.Length);
        nuint mEnd = ArrayExtent.End("expAvg", arrays.FirstState, types[ArrayRole.FirstState], arrays.Length);
        nuint vEnd = ArrayExtent.End("expAvgSq", arrays.SecondState, types[ArrayRole.SecondState], arrays.Length);
        ArrayExtent.RequireApart(g, gEnd, p, pEnd, "gradients", "parameters");
        ArrayExtent.RequireApart(m, mEnd, p, pEnd, "expAvg", "parameters");
        ArrayExtent.RequireApart(m, mEnd, g, gEnd, "expAvg", "gradients");
        ArrayExtent.RequireApart(v, vEnd, p, pEnd, "expAvgSq", "parameters");
        ArrayExtent.RequireApart(v, vEnd, g, gEnd, "expAvgSq", "gradients");
        ArrayExtent.RequireApart(v, vEnd, m, mEnd, "expAvgSq", "expAvg");
    }

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

using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace FastAdam.Rules;

/// <summary>The numbers of one rule for one step: room for a struct of floats that only the rule knows.</summary>
[InlineArray(Capacity)]
internal struct Coefficients
{
    /// <summary>The most floats that a rule can have.</summary>
    public const int Capacity = 16;

#pragma warning disable CS0169, IDE0044, IDE0051, CA1823 // The inline array's element.
    private float _first;
#pragma warning restore CS0169, IDE0044, IDE0051, CA1823

    /// <summary>The struct in them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly T As<T>()
        where T : unmanaged => Unsafe.As<Coefficients, T>(ref Unsafe.AsRef(in this));

    /// <summary>The struct in them, to be changed where it is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref T In<T>(ref Coefficients coefficients)
        where T : unmanaged => ref Unsafe.As<Coefficients, T>(ref coefficients);

    /// <summary>A struct of floats, kept in them.</summary>
    /// <exception cref="UnreachableException">It has more than <see cref="Capacity"/> floats.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Coefficients Of<T>(in T numbers)
        where T : unmanaged
    {
        // A constant to the compiler: in a rule that fits nothing is left of it.
        if (sizeof(T) > Capacity * sizeof(float))
        {
            throw new UnreachableException($"{typeof(T)} has more than {Capacity} floats: raise Coefficients.Capacity.");
        }

        Coefficients coefficients = default;
        Unsafe.As<Coefficients, T>(ref coefficients) = numbers;
        return coefficients;
    }

    /// <summary>True where all are numbers that single precision holds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool AreFinite()
    {
        foreach (float coefficient in this)
        {
            if (!float.IsFinite(coefficient))
            {
                return false;
            }
        }

        return true;
    }
}

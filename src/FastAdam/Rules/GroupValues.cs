using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FastAdam.Rules;

/// <summary>
/// A parameter group: a rule and its hyperparameters. It is laid out as fastadam_group is in C, and has no byte that is not part of a
/// value: groups are compared by their bytes.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GroupValues
{
    /// <summary>Its size in bytes; 0 in one that was never set.</summary>
    public uint StructSize;

    /// <summary>The number of the rule: <see cref="RuleDescription.Number"/>.</summary>
    public int Rule;

    public GroupFlags Flags;

    public HyperparameterValues Numbers;

    /// <summary>A hyperparameter's value.</summary>
    public readonly double this[Hyperparameter hyperparameter]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Unsafe.Add(ref Unsafe.As<HyperparameterValues, double>(ref Unsafe.AsRef(in Numbers)), (int)hyperparameter);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool Has(GroupFlags flag) => (Flags & flag) != 0;

    /// <summary>A copy with another value.</summary>
    public readonly GroupValues With(Hyperparameter hyperparameter, double value)
    {
        GroupValues result = this;
        result.Numbers[(int)hyperparameter] = value;
        return result;
    }

    /// <summary>A copy with a flag on or off.</summary>
    public readonly GroupValues With(GroupFlags flag, bool isOn) =>
        this with { Flags = isOn ? Flags | flag : Flags & ~flag };

    /// <summary>True where both have the same bytes. Equal numbers may differ in them, as 0 and -0 do.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreSame(in GroupValues left, in GroupValues right)
    {
        // In two parts: the JIT compares up to 128 bytes without a call.
        const int Part = 96;
        ReadOnlySpan<byte> first = MemoryMarshal.AsBytes(new ReadOnlySpan<GroupValues>(in left));
        ReadOnlySpan<byte> second = MemoryMarshal.AsBytes(new ReadOnlySpan<GroupValues>(in right));
        return first[..Part].SequenceEqual(second[..Part]) && first[Part..].SequenceEqual(second[Part..]);
    }
}

/// <summary>The values of all hyperparameters, by <see cref="Hyperparameter"/>.</summary>
[InlineArray(Count)]
internal struct HyperparameterValues
{
    /// <summary>How many hyperparameters there are.</summary>
    public const int Count = (int)Hyperparameter.Count;

#pragma warning disable CS0169, IDE0044, IDE0051, CA1823 // The inline array's element.
    private double _first;
#pragma warning restore CS0169, IDE0044, IDE0051, CA1823
}

using System.Runtime.CompilerServices;
using FastAdam.Rules;

namespace FastAdam.Kernels;

/// <summary>What tells one kernel from another: an instruction set, a rule, and the storage types of the arrays. The third state
/// array is stored as the second; those that the rule does not keep count as <see cref="ElementType.Float32"/>.</summary>
internal readonly record struct KernelKey(
    InstructionSet InstructionSet,
    RuleKind Rule,
    ElementType Parameters,
    ElementType Gradients,
    ElementType First,
    ElementType Second)
{
    /// <summary>Bits that an <see cref="ElementType"/> takes in <see cref="Index"/>.</summary>
    private const int TypeBits = 2;

    private const int RuleBits = 4;

    /// <summary>One more than the largest <see cref="Index"/>.</summary>
    public static int IndexCount { get; } = ((int)InstructionSet.Avx512 + 1) << (RuleBits + (4 * TypeBits));

    public int Index
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ((((((((((int)InstructionSet << RuleBits) | (int)Rule) << TypeBits) | (int)Parameters) << TypeBits)
            | (int)Gradients) << TypeBits) | (int)First) << TypeBits) | (int)Second;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Equals(KernelKey other) => Index == other.Index;

    public override int GetHashCode() => Index;

    /// <summary>The arrays that the rule keeps.</summary>
    public StateArrays State
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => KernelRegistry.StateOf(Rule);
    }

    /// <summary>Whether all arrays that there are have one storage type.</summary>
    public bool IsUniform =>
        Gradients == Parameters && (!Has(2) || First == Parameters) && (!Has(3) || Second == Parameters);

    /// <summary>Whether all arrays that there are hold floats.</summary>
    public bool IsAllFloat32
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (Parameters | Gradients | First | Second) == ElementType.Float32;
    }

    /// <summary>The storage of an array by its number in <see cref="Streams"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ElementType Type(int array) => array switch
    {
        0 => Parameters,
        Streams.GradientsNumber => Gradients,
        2 => First,
        _ => Second,
    };

    /// <summary>Whether there is an array of that number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool Has(int array) => array <= Streams.GradientsNumber || ((int)State & (1 << (array - 2))) != 0;

    /// <summary>Bytes of an element of the array of that number; 0 where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nuint Size(int array) => Has(array) ? (nuint)KernelRegistry.ElementSize(Type(array)) : 0;
}

using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using FastAdam.Isa;

namespace FastAdam.Kernels;

/// <summary>Something to be done for an instruction set that is known at run time.</summary>
internal interface IVectorVisitor<TResult>
{
    /// <typeparam name="V">Its registers.</typeparam>
    /// <typeparam name="D">Its sums of their squares.</typeparam>
    TResult Visit<V, D>()
        where V : unmanaged, IVector<V>
        where D : ISquareSums;
}

/// <summary>The one table of instruction sets.</summary>
internal static class IsaTable
{
    /// <summary>Set by an application that is compiled ahead of time for one level of CPU features, and wants no kernels but the
    /// widest of that level.</summary>
    [FeatureSwitchDefinition("FastAdam.WidestInstructionSetOnly")]
    private static bool WidestOnly => AppContext.TryGetSwitch("FastAdam.WidestInstructionSetOnly", out bool isSet) && isSet;

    private static int WidestCount
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Avx512Vector.IsSupported ? Avx512Vector.Count
            : Avx2Vector.IsSupported ? Avx2Vector.Count
            : NeonVector.IsSupported ? NeonVector.Count
            : ScalarVector.Count;
    }

    /// <summary>Calls the visitor with an instruction set's registers.</summary>
    public static TResult Visit<TVisitor, TResult>(InstructionSet instructionSet, TVisitor visitor)
        where TVisitor : struct, IVectorVisitor<TResult> => instructionSet switch
        {
            InstructionSet.Scalar => visitor.Visit<ScalarVector, SquareSums1>(),
            InstructionSet.Neon => visitor.Visit<NeonVector, SquareSums128>(),
            InstructionSet.Avx2 => visitor.Visit<Avx2Vector, SquareSums256>(),
            InstructionSet.Avx512 => visitor.Visit<Avx512Vector, SquareSums256>(),
            _ => throw new ArgumentOutOfRangeException(nameof(instructionSet), instructionSet, "Unknown instruction set."),
        };

    public static bool IsSupported(InstructionSet instructionSet) => Visit<SupportQuery, bool>(instructionSet, default);

    /// <summary>Lanes in a vector of that instruction set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int LaneCount(InstructionSet instructionSet) => Visit<LaneCountQuery, int>(instructionSet, default);

    /// <summary>True where kernels for these registers can run. It is a constant to ahead-of-time compilers, which leave the others
    /// out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsIncluded<V>()
        where V : unmanaged, IVector<V> => V.IsSupported && (!WidestOnly || V.Count == WidestCount);

    private readonly struct SupportQuery : IVectorVisitor<bool>
    {
        public bool Visit<V, D>()
            where V : unmanaged, IVector<V>
            where D : ISquareSums => IsIncluded<V>();
    }

    private readonly struct LaneCountQuery : IVectorVisitor<int>
    {
        public int Visit<V, D>()
            where V : unmanaged, IVector<V>
            where D : ISquareSums => V.Count;
    }
}

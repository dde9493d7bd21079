using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using FastAdam.Codecs;
using FastAdam.Isa;
using FastAdam.Rules;

namespace FastAdam.Kernels;

/// <summary>
/// All kernels: finds the one for a key, lists those that this machine has, and knows which have been dispatched. Types are
/// chosen one after another by nested generics, so an ahead-of-time compiler sees every combination and none is listed by hand.
/// </summary>
internal static unsafe class KernelRegistry
{
    /// <summary>Kernels by <see cref="KernelKey.Index"/>, found on first dispatch.</summary>
    private static readonly nint[] _dispatched = new nint[KernelKey.IndexCount];

    /// <summary>Set by an application that is compiled ahead of time for one level of CPU features, and wants no kernels but the
    /// widest of that level.</summary>
    [FeatureSwitchDefinition("FastAdam.WidestInstructionSetOnly")]
    private static bool WidestOnly => AppContext.TryGetSwitch("FastAdam.WidestInstructionSetOnly", out bool isSet) && isSet;

    /// <summary>Every kernel that this machine can run.</summary>
    public static IEnumerable<KernelKey> Supported =>
        from instructionSet in Enum.GetValues<InstructionSet>()
        where IsSupported(instructionSet)
        from parameters in Enum.GetValues<ElementType>()
        from gradients in Enum.GetValues<ElementType>()
        from expAvg in Enum.GetValues<ElementType>()
        from expAvgSq in Enum.GetValues<ElementType>()
        select new KernelKey(instructionSet, parameters, gradients, expAvg, expAvgSq);

    public static bool IsSupported(InstructionSet instructionSet) => Visit<SupportQuery, bool>(instructionSet, default);

    /// <summary>Lanes in a vector of that instruction set.</summary>
    public static int LaneCount(InstructionSet instructionSet) => Visit<LaneCountQuery, int>(instructionSet, default);

    /// <summary>Bytes per element of that storage type.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ElementSize(ElementType type) => (int)Visit(type, default(SizeQuery));

    public static bool WasDispatched(KernelKey key) => _dispatched[key.Index] != 0;

    /// <summary>Runs the kernel of that key, whose instruction set must be supported.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(KernelKey key, in Streams streams, in AdamConstants constants)
    {
        nint kernel = _dispatched[key.Index];
        if (kernel == 0)
        {
            kernel = Visit<KernelQuery, nint>(key.InstructionSet, new KernelQuery(key));
            _dispatched[key.Index] = kernel;
        }

        ((delegate*<in Streams, in AdamConstants, void>)kernel)(streams, constants);
    }

    /// <summary>The one table of instruction sets.</summary>
    private static TResult Visit<TVisitor, TResult>(InstructionSet instructionSet, TVisitor visitor)
        where TVisitor : struct, IVectorVisitor<TResult> => instructionSet switch
        {
            InstructionSet.Scalar => visitor.Visit<ScalarVector>(),
            InstructionSet.Neon => visitor.Visit<NeonVector>(),
            InstructionSet.Avx2 => visitor.Visit<Avx2Vector>(),
            InstructionSet.Avx512 => visitor.Visit<Avx512Vector>(),
            _ => throw new ArgumentOutOfRangeException(nameof(instructionSet), instructionSet, "Unknown instruction set."),
        };

    /// <summary>The one table of storage types.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint Visit<TVisitor>(ElementType type, TVisitor visitor)
        where TVisitor : struct, ICodecVisitor => type switch
        {
            ElementType.Float32 => visitor.Visit<Float32Codec>(),
            ElementType.Float16 => visitor.Visit<Float16Codec>(),
            ElementType.BFloat16 => visitor.Visit<BFloat16Codec>(),
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Unknown storage type."),
        };

    /// <summary>A constant to ahead-of-time compilers, which leave the others out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsIncluded<V>()
        where V : unmanaged, IVector<V> => V.IsSupported && (!WidestOnly || V.Count == WidestCount);

    private static int WidestCount
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Avx512Vector.IsSupported ? Avx512Vector.Count
            : Avx2Vector.IsSupported ? Avx2Vector.Count
            : NeonVector.IsSupported ? NeonVector.Count
            : ScalarVector.Count;
    }

    private interface IVectorVisitor<TResult>
    {
        TResult Visit<V>()
            where V : unmanaged, IVector<V>;
    }

    private interface ICodecVisitor
    {
        nint Visit<C>()
            where C : ICodec;
    }

    private readonly struct SupportQuery : IVectorVisitor<bool>
    {
        public bool Visit<V>()
            where V : unmanaged, IVector<V> => IsIncluded<V>();
    }

    private readonly struct LaneCountQuery : IVectorVisitor<int>
    {
        public int Visit<V>()
            where V : unmanaged, IVector<V> => V.Count;
    }

    private readonly struct SizeQuery : ICodecVisitor
    {
        public nint Visit<C>()
            where C : ICodec => C.Size;
    }

    private readonly struct KernelQuery(KernelKey key) : IVectorVisitor<nint>
    {
        public nint Visit<V>()
            where V : unmanaged, IVector<V> => IsIncluded<V>()
                ? KernelRegistry.Visit(key.Parameters, new ParametersChoice<V>(key))
                : throw new PlatformNotSupportedException($"This CPU does not support {key.InstructionSet}.");
    }

    private readonly struct ParametersChoice<V>(KernelKey key) : ICodecVisitor
        where V : unmanaged, IVector<V>
    {
        public nint Visit<P>()
            where P : ICodec => KernelRegistry.Visit(key.Gradients, new GradientsChoice<V, P>(key));
    }

    private readonly struct GradientsChoice<V, P>(KernelKey key) : ICodecVisitor
        where V : unmanaged, IVector<V>
        where P : ICodec
    {
        public nint Visit<G>()
            where G : ICodec => KernelRegistry.Visit(key.ExpAvg, new ExpAvgChoice<V, P, G>(key));
    }

    private readonly struct ExpAvgChoice<V, P, G>(KernelKey key) : ICodecVisitor
        where V : unmanaged, IVector<V>
        where P : ICodec
        where G : ICodec
    {
        public nint Visit<M>()
            where M : ICodec => KernelRegistry.Visit(key.ExpAvgSq, default(ExpAvgSqChoice<V, P, G, M>));
    }

    private readonly struct ExpAvgSqChoice<V, P, G, M> : ICodecVisitor
        where V : unmanaged, IVector<V>
        where P : ICodec
        where G : ICodec
        where M : ICodec
    {
        public nint Visit<S>()
            where S : ICodec
        {
            delegate*<in Streams, in AdamConstants, void> kernel = &UpdateLoop<V, P, G, M, S, AdamRule<V>>.Run;
            return (nint)kernel;
        }
    }
}

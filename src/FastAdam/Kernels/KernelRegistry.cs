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
    /// <summary>Kernels by <see cref="KernelIndex"/>, found on first dispatch.</summary>
    private static readonly Kernel[] _dispatched = new Kernel[2 * KernelKey.IndexCount];

    private static readonly StateArrays[] _states =
        Array.ConvertAll(Enum.GetValues<RuleKind>(), rule => Visit<ScalarVector, StateQuery, StateArrays>(rule, default));

    /// <summary>Set by an application that is compiled ahead of time for one level of CPU features, and wants no kernels but the
    /// widest of that level.</summary>
    [FeatureSwitchDefinition("FastAdam.WidestInstructionSetOnly")]
    private static bool WidestOnly => AppContext.TryGetSwitch("FastAdam.WidestInstructionSetOnly", out bool isSet) && isSet;

    /// <summary>Every combination that this machine can run.</summary>
    public static IEnumerable<KernelKey> Supported =>
        from instructionSet in Enum.GetValues<InstructionSet>()
        where IsSupported(instructionSet)
        from rule in Enum.GetValues<RuleKind>()
        from parameters in Enum.GetValues<ElementType>()
        from gradients in Enum.GetValues<ElementType>()
        from first in TypesOf(rule, StateArrays.First)
        from second in TypesOf(rule, StateArrays.Second)
        select new KernelKey(instructionSet, rule, parameters, gradients, first, second);

    public static bool IsSupported(InstructionSet instructionSet) => Visit<SupportQuery, bool>(instructionSet, default);

    /// <summary>Lanes in a vector of that instruction set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int LaneCount(InstructionSet instructionSet) => Visit<LaneCountQuery, int>(instructionSet, default);

    /// <summary>Bytes per element of that storage type.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ElementSize(ElementType type) => (int)Visit(type, default(SizeQuery));

    /// <summary>The arrays that the rule keeps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static StateArrays StateOf(RuleKind rule) => _states[(int)rule];

    /// <summary>A rule's numbers for one step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Coefficients CoefficientsOf(in Hyperparameters hyperparameters, in StepNumbers numbers) =>
        Visit<ScalarVector, CoefficientsQuery, Coefficients>(
            hyperparameters.Rule, new CoefficientsQuery(hyperparameters, numbers));

    /// <summary>
    /// Whether the key has no loop of its own. Adam has one for each combination of storage types, for changed gradients where these
    /// are stored as the parameters and both moments alike; the other rules have one for each type that all arrays may have. What else
    /// there is goes through tiles. So does half precision of five arrays, which are too many for the registers, and in scalar code, whose
    /// operations on words would be more than the JIT inlines.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool IsTiled(in KernelKey key, bool changesGradients)
    {
        bool isScalar = LaneCount(key.InstructionSet) == 1;
        bool isPaired = key.Parameters == key.Gradients && key.First == key.Second;
        bool hasLoop = key.IsUniform
            ? key.Parameters != ElementType.Float16 || HasFloat16Loop(LaneCount(key.InstructionSet), key.State)
            : key.Rule == RuleKind.Adam && !isScalar && (isPaired || !changesGradients);
        return !hasLoop;
    }

    /// <summary>Whether a rule with that state has a loop over half precision alone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool HasFloat16Loop(int lanes, StateArrays state) =>
        lanes > 1 && state != (StateArrays.First | StateArrays.Second | StateArrays.Third);

    /// <summary>Whether the kernel has run, for gradients as they are or for ones that the step changes.</summary>
    public static bool WasDispatched(KernelKey key, bool changesGradients) =>
        _dispatched[KernelIndex(key, changesGradients)].Run != 0;

    /// <summary>Runs the kernel of that key, whose instruction set must be supported.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in KernelKey key, in Streams streams, in StepConstants constants)
    {
        bool changesGradients = constants.ChangesGradients;
        ref Kernel kernel = ref _dispatched[KernelIndex(key, changesGradients)];
        if (Volatile.Read(ref kernel.Run) == 0)
        {
            Find(key, changesGradients, ref kernel);
        }

        ((delegate*<nint, in KernelKey, in Streams, in StepConstants, void>)kernel.Run)(kernel.Loop, key, streams, constants);
    }

    /// <summary>Runs the update of any key in tiles, which suit any numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RunTiled(in KernelKey key, in Streams streams, in StepConstants constants)
    {
        var run = (delegate*<nint, in KernelKey, in Streams, in StepConstants, void>)
            Found<TiledQuery>.Function(key.InstructionSet, default, default);
        run(0, key, streams, constants);
    }

    /// <summary>A loop exists twice: for gradients as they are, and for ones that the step changes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int KernelIndex(in KernelKey key, bool changesGradients) => (2 * key.Index) + (changesGradients ? 1 : 0);

    private static void Find(in KernelKey key, bool changesGradients, ref Kernel kernel)
    {
        bool isTiled = IsTiled(key, changesGradients);
        kernel.Loop = isTiled ? 0
            : changesGradients ? Visit<ChangingLoopQuery, nint>(key.InstructionSet, new ChangingLoopQuery(key))
            : Visit<LoopQuery, nint>(key.InstructionSet, new LoopQuery(key));

        // Last: by this, other threads know that it is found.
        Volatile.Write(
            ref kernel.Run,
            isTiled ? Visit<TiledQuery, nint>(key.InstructionSet, default) : Visit<LoopRunQuery, nint>(key.InstructionSet, default));
    }

    private static ElementType[] TypesOf(RuleKind rule, StateArrays array) =>
        (StateOf(rule) & array) != 0 ? Enum.GetValues<ElementType>() : [ElementType.Float32];

    /// <summary>The same for at most <see cref="LaneSums.BlockLength"/> elements, with what became of the parameters.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ParameterSums RunAndCompare(in KernelKey key, in Streams streams, in StepConstants constants)
    {
        var run = (delegate*<in KernelKey, in Streams, in StepConstants, ParameterSums>)
            Found<ComparingQuery>.Function(key.InstructionSet, default, default);
        return run(key, streams, constants);
    }

    /// <summary>Reads at most <see cref="LaneSums.BlockLength"/> gradients, the first ones of a block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static GradientSums Measure(InstructionSet instructionSet, ElementType type, byte* gradients, int length, float scale)
    {
        var run = (delegate*<byte*, int, float, GradientSums>)
            Found<GradientQuery>.Function(instructionSet, type, new GradientQuery(type));
        return run(gradients, length, scale);
    }

    /// <summary>Adds a row of gradients to a sum of rows, or begins one with it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(InstructionSet instructionSet, ElementType type, float* sum, byte* row, nuint length, bool isFirst)
    {
        var run = (delegate*<float*, byte*, nuint, bool, void>)
            Found<RowSumQuery>.Function(instructionSet, type, new RowSumQuery(type));
        run(sum, row, length, isFirst);
    }

    /// <summary>The one table of instruction sets.</summary>
    private static TResult Visit<TVisitor, TResult>(InstructionSet instructionSet, TVisitor visitor)
        where TVisitor : struct, IVectorVisitor<TResult> => instructionSet switch
        {
            InstructionSet.Scalar => visitor.Visit<ScalarVector, SquareSums1>(),
            InstructionSet.Neon => visitor.Visit<NeonVector, SquareSums128>(),
            InstructionSet.Avx2 => visitor.Visit<Avx2Vector, SquareSums256>(),
            InstructionSet.Avx512 => visitor.Visit<Avx512Vector, SquareSums256>(),
            _ => throw new ArgumentOutOfRangeException(nameof(instructionSet), instructionSet, "Unknown instruction set."),
        };

    /// <summary>The one table of storage types.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Visit<TVisitor>(ElementType type, TVisitor visitor)
        where TVisitor : struct, ICodecVisitor => type switch
        {
            ElementType.Float32 => visitor.Visit<Float32Codec>(),
            ElementType.Float16 => visitor.Visit<Float16Codec>(),
            ElementType.BFloat16 => visitor.Visit<BFloat16Codec>(),
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Unknown storage type."),
        };

    /// <summary>The one table of rules.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TResult Visit<V, TVisitor, TResult>(RuleKind rule, TVisitor visitor)
        where V : unmanaged, IVector<V>
        where TVisitor : struct, IRuleVisitor<V, TResult> => rule switch
        {
            RuleKind.Adam => visitor.Visit<AdamRule<V>>(),
            RuleKind.AmsGrad => visitor.Visit<AmsGradRule<V>>(),
            RuleKind.NAdam => visitor.Visit<NAdamRule<V>>(),
            RuleKind.RAdam => visitor.Visit<RAdamRule<V>>(),
            RuleKind.AdaMax => visitor.Visit<AdaMaxRule<V>>(),
            RuleKind.GradientDescent => visitor.Visit<GradientDescentRule<V>>(),
            RuleKind.Momentum => visitor.Visit<MomentumRule<V>>(),
            RuleKind.AdaGrad => visitor.Visit<AdaGradRule<V>>(),
            RuleKind.RmsProp => visitor.Visit<RmsPropRule<V, Off, Off>>(),
            RuleKind.RmsPropMomentum => visitor.Visit<RmsPropRule<V, Off, On>>(),
            RuleKind.CenteredRmsProp => visitor.Visit<RmsPropRule<V, On, Off>>(),
            RuleKind.CenteredRmsPropMomentum => visitor.Visit<RmsPropRule<V, On, On>>(),
            RuleKind.Lion => visitor.Visit<LionRule<V>>(),
            _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, "Unknown rule."),
        };

    /// <summary>A constant to ahead-of-time compilers, which leave the others out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsIncluded<V>()
        where V : unmanaged, IVector<V> => V.IsSupported && (!WidestOnly || V.Count == WidestCount);

    private static PlatformNotSupportedException NotSupported(InstructionSet instructionSet) =>
        new($"This CPU does not support {instructionSet}.");

    private static int WidestCount
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Avx512Vector.IsSupported ? Avx512Vector.Count
            : Avx2Vector.IsSupported ? Avx2Vector.Count
            : NeonVector.IsSupported ? NeonVector.Count
            : ScalarVector.Count;
    }

    /// <summary>What runs a kernel, and the loop that it does so with, if any.</summary>
    private struct Kernel
    {
        public nint Run;
        public nint Loop;
    }

    /// <summary>What a query finds for an instruction set and a storage type, kept: the search takes as long as hundreds of
    /// elements.</summary>
    private static class Found<TQuery>
        where TQuery : struct, IVectorVisitor<nint>
    {
        private static readonly nint[,] _functions =
            new nint[Enum.GetValues<InstructionSet>().Length, Enum.GetValues<ElementType>().Length];

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static nint Function(InstructionSet instructionSet, ElementType type, TQuery query)
        {
            ref nint function = ref _functions[(int)instructionSet, (int)type];
            if (function == 0)
            {
                function = Visit<TQuery, nint>(instructionSet, query);
            }

            return function;
        }
    }

    private interface IVectorVisitor<TResult>
    {
        /// <typeparam name="V">Its registers.</typeparam>
        /// <typeparam name="D">Its sums of their squares.</typeparam>
        TResult Visit<V, D>()
            where V : unmanaged, IVector<V>
            where D : ISquareSums;
    }

    private interface IRuleVisitor<V, TResult>
        where V : unmanaged, IVector<V>
    {
        TResult Visit<R>()
            where R : struct, IRule<R, V>;
    }

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

    private readonly struct SizeQuery : ICodecVisitor
    {
        public nint Visit<C>()
            where C : ICodec => C.Size;
    }

    private readonly struct StateQuery : IRuleVisitor<ScalarVector, StateArrays>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public StateArrays Visit<R>()
            where R : struct, IRule<R, ScalarVector> => R.State;
    }

    private readonly struct CoefficientsQuery(Hyperparameters hyperparameters, StepNumbers numbers)
        : IRuleVisitor<ScalarVector, Coefficients>
    {
        public Coefficients Visit<R>()
            where R : struct, IRule<R, ScalarVector> => R.Coefficients(hyperparameters, numbers);
    }

    /// <summary>The way to the key's loop for gradients as they are.</summary>
    private readonly struct LoopQuery(KernelKey key) : IVectorVisitor<nint>
    {
        public nint Visit<V, D>()
            where V : unmanaged, IVector<V>
            where D : ISquareSums
        {
            if (!IsIncluded<V>())
            {
                throw NotSupported(key.InstructionSet);
            }

            // A constant to ahead-of-time compilers, which leave out the mixtures that scalar code has no loops for.
            return V.Count > 1 && key.Rule == RuleKind.Adam
                ? KernelRegistry.Visit(key.Parameters, new ParametersChoice<V>(key))
                : KernelRegistry.Visit<V, RuleChoice<V, Off>, nint>(key.Rule, new RuleChoice<V, Off>(key.Parameters));
        }
    }

    /// <summary>The way to the key's loop for gradients that the step changes.</summary>
    private readonly struct ChangingLoopQuery(KernelKey key) : IVectorVisitor<nint>
    {
        public nint Visit<V, D>()
            where V : unmanaged, IVector<V>
            where D : ISquareSums
        {
            if (!IsIncluded<V>())
            {
                throw NotSupported(key.InstructionSet);
            }
            return V.Count > 1 && key.Rule == RuleKind.Adam
                ? KernelRegistry.Visit(key.Parameters, new ParametersPairChoice<V>(key.First))
                : KernelRegistry.Visit<V, RuleChoice<V, On>, nint>(key.Rule, new RuleChoice<V, On>(key.Parameters));
        }
    }

    private readonly struct LoopRunQuery : IVectorVisitor<nint>
    {
        public nint Visit<V, D>()
            where V : unmanaged, IVector<V>
            where D : ISquareSums
        {
            if (!IsIncluded<V>())
            {
                return 0;
            }

            delegate*<nint, in KernelKey, in Streams, in StepConstants, void> run = &LoopRun<V>.Run;
            return (nint)run;
        }
    }

    private readonly struct TiledQuery : IVectorVisitor<nint>
    {
        public nint Visit<V, D>()
            where V : unmanaged, IVector<V>
            where D : ISquareSums
        {
            if (!IsIncluded<V>())
            {
                return 0;
            }

            delegate*<nint, in KernelKey, in Streams, in StepConstants, void> run = &TiledUpdate<V, D>.Run;
            return (nint)run;
        }
    }

    private readonly struct ComparingQuery : IVectorVisitor<nint>
    {
        public nint Visit<V, D>()
            where V : unmanaged, IVector<V>
            where D : ISquareSums
        {
            if (!IsIncluded<V>())
            {
                return 0;
            }

            delegate*<in KernelKey, in Streams, in StepConstants, ParameterSums> run = &TiledUpdate<V, D>.RunAndCompare;
            return (nint)run;
        }
    }

    private readonly struct GradientQuery(ElementType type) : IVectorVisitor<nint>
    {
        public nint Visit<V, D>()
            where V : unmanaged, IVector<V>
            where D : ISquareSums => IsIncluded<V>() ? KernelRegistry.Visit(type, default(GradientChoice<V, D>)) : 0;
    }

    private readonly struct GradientChoice<V, D> : ICodecVisitor
        where V : unmanaged, IVector<V>
        where D : ISquareSums
    {
        public nint Visit<C>()
            where C : ICodec
        {
            delegate*<byte*, int, float, GradientSums> run = &GradientLoop<V, D, C>.Run;
            return (nint)run;
        }
    }

    private readonly struct RowSumQuery(ElementType type) : IVectorVisitor<nint>
    {
        public nint Visit<V, D>()
            where V : unmanaged, IVector<V>
            where D : ISquareSums => IsIncluded<V>() ? KernelRegistry.Visit(type, default(RowSumChoice<V>)) : 0;
    }

    private readonly struct RowSumChoice<V> : ICodecVisitor
        where V : unmanaged, IVector<V>
    {
        public nint Visit<C>()
            where C : ICodec
        {
            delegate*<float*, byte*, nuint, bool, void> run = &RowSum<V, C>.Add;
            return (nint)run;
        }
    }

    private readonly struct RuleChoice<V, T>(ElementType type) : IRuleVisitor<V, nint>
        where V : unmanaged, IVector<V>
        where T : ISwitch
    {
        public nint Visit<R>()
            where R : struct, IRule<R, V> => type switch
            {
                ElementType.Float32 => Loop<V, Float32Codec, Float32Codec, Float32Codec, Float32Codec, R, T>(),
                ElementType.Float16 when HasFloat16Loop(V.Count, R.State) =>
                    Loop<V, Float16Codec, Float16Codec, Float16Codec, Float16Codec, R, T>(),
                _ => Loop<V, BFloat16Codec, BFloat16Codec, BFloat16Codec, BFloat16Codec, R, T>(),
            };
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
            where G : ICodec => KernelRegistry.Visit(key.First, new FirstChoice<V, P, G>(key));
    }

    private readonly struct FirstChoice<V, P, G>(KernelKey key) : ICodecVisitor
        where V : unmanaged, IVector<V>
        where P : ICodec
        where G : ICodec
    {
        public nint Visit<M>()
            where M : ICodec => KernelRegistry.Visit(key.Second, default(SecondChoice<V, P, G, M>));
    }

    private readonly struct SecondChoice<V, P, G, M> : ICodecVisitor
        where V : unmanaged, IVector<V>
        where P : ICodec
        where G : ICodec
        where M : ICodec
    {
        public nint Visit<S>()
            where S : ICodec => Loop<V, P, G, M, S, AdamRule<V>, Off>();
    }

    private readonly struct ParametersPairChoice<V>(ElementType moments) : ICodecVisitor
        where V : unmanaged, IVector<V>
    {
        public nint Visit<P>()
            where P : ICodec => KernelRegistry.Visit(moments, default(MomentsPairChoice<V, P>));
    }

    private readonly struct MomentsPairChoice<V, P> : ICodecVisitor
        where V : unmanaged, IVector<V>
        where P : ICodec
    {
        public nint Visit<M>()
            where M : ICodec => Loop<V, P, P, M, M, AdamRule<V>, On>();
    }

    private static nint Loop<V, P, G, M, S, R, T>()
        where V : unmanaged, IVector<V>
        where P : ICodec
        where G : ICodec
        where M : ICodec
        where S : ICodec
        where R : struct, IRule<R, V>
        where T : ISwitch
    {
        delegate*<in Streams, nuint, nuint, in StepConstants, nuint> loop = &UpdateLoop<V, P, G, M, S, R, T>.Run;
        return (nint)loop;
    }
}

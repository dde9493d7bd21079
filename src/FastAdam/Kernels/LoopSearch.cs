using System.Runtime.CompilerServices;
using FastAdam.Codecs;
using FastAdam.Isa;
using FastAdam.Rules;

namespace FastAdam.Kernels;

/// <summary>
/// Finds the loop of a kernel. Types are chosen one after another by nested generics, so an ahead-of-time compiler sees every
/// combination and none is listed by hand.
/// </summary>
internal static unsafe class LoopSearch
{
    /// <summary>
    /// True where the key has no loop of its own. Adam has one for each combination of storage types, for changed gradients where these
    /// are stored as the parameters and both moments alike; the other rules have one for each type that all arrays may have, those that
    /// few use for single precision alone. What else there is goes through tiles. So does half precision of five arrays, which are too many
    /// for the registers, and in scalar code, whose operations on words would be more than the JIT inlines.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool IsTiled(in KernelKey key, bool changesGradients)
    {
        StorageTypes types = key.Types;
        if (!types.ArePlain)
        {
            return PartedLoops.Find(key, changesGradients) == 0;
        }

        bool isPaired = types[ArrayRole.Parameters] == types[ArrayRole.Gradients]
            && types[ArrayRole.FirstState] == types[ArrayRole.SecondState];
        bool hasLoop = key.IsUniform
            ? IsaTable.Visit<UniformLoopQuery, bool>(key.InstructionSet, new UniformLoopQuery(key.Rule, types[ArrayRole.Parameters]))
            : key.Rule == RuleKind.Adam && IsaTable.LaneCount(key.InstructionSet) > 1 && (isPaired || !changesGradients);
        return !hasLoop;
    }

    /// <summary>The address of the key's loop, which must have one.</summary>
    /// <exception cref="PlatformNotSupportedException">The CPU lacks the instruction set.</exception>
    public static nint Find(in KernelKey key, bool changesGradients) => !key.Types.ArePlain
        ? PartedLoops.Find(key, changesGradients)
        : changesGradients ? IsaTable.Visit<ChangingLoopQuery, nint>(key.InstructionSet, new ChangingLoopQuery(key))
        : IsaTable.Visit<LoopQuery, nint>(key.InstructionSet, new LoopQuery(key));

    /// <summary>True where a rule has a loop over half precision alone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool HasFloat16Loop<V, R>()
        where V : unmanaged, IVector<V>
        where R : struct, IRule<R, V> =>
        V.Count > 1 && R.HasNarrowLoops && R.State != (StateArrays.First | StateArrays.Second | StateArrays.Third);

    private static PlatformNotSupportedException NotSupported(InstructionSet instructionSet) =>
        new($"This CPU does not support {instructionSet}.");

    /// <summary>Whether arrays that all have one type have a loop.</summary>
    private readonly struct UniformLoopQuery(RuleKind rule, ElementType type) : IVectorVisitor<bool>
    {
        public bool Visit<V, D>()
            where V : unmanaged, IVector<V>
            where D : ISquareSums => RuleTable.Visit<V, UniformLoopChoice<V>, bool>(rule, new UniformLoopChoice<V>(type));
    }

    private readonly struct UniformLoopChoice<V>(ElementType type) : IRuleVisitor<V, bool>
        where V : unmanaged, IVector<V>
    {
        public bool Visit<R>()
            where R : struct, IRule<R, V> => type switch
            {
                ElementType.Float32 => true,
                ElementType.Float16 => HasFloat16Loop<V, R>(),
                _ => R.HasNarrowLoops,
            };
    }

    /// <summary>The way to the key's loop for gradients as they are.</summary>
    private readonly struct LoopQuery(KernelKey key) : IVectorVisitor<nint>
    {
        public nint Visit<V, D>()
            where V : unmanaged, IVector<V>
            where D : ISquareSums
        {
            if (!IsaTable.IsIncluded<V>())
            {
                throw NotSupported(key.InstructionSet);
            }

            // A constant to ahead-of-time compilers, which leave out the mixtures that scalar code has no loops for.
            return V.Count > 1 && key.Rule == RuleKind.Adam
                ? CodecTable.Visit(key.Types[ArrayRole.Parameters], new ParametersChoice<V>(key))
                : RuleTable.Visit<V, RuleChoice<V, Off>, nint>(key.Rule, new RuleChoice<V, Off>(key.Types[ArrayRole.Parameters]));
        }
    }

    /// <summary>The way to the key's loop for gradients that the step changes.</summary>
    private readonly struct ChangingLoopQuery(KernelKey key) : IVectorVisitor<nint>
    {
        public nint Visit<V, D>()
            where V : unmanaged, IVector<V>
            where D : ISquareSums
        {
            if (!IsaTable.IsIncluded<V>())
            {
                throw NotSupported(key.InstructionSet);
            }

            return V.Count > 1 && key.Rule == RuleKind.Adam
                ? CodecTable.Visit(key.Types[ArrayRole.Parameters], new ParametersPairChoice<V>(key.Types[ArrayRole.FirstState]))
                : RuleTable.Visit<V, RuleChoice<V, On>, nint>(key.Rule, new RuleChoice<V, On>(key.Types[ArrayRole.Parameters]));
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
                ElementType.Float16 when HasFloat16Loop<V, R>() =>
                    Loop<V, Float16Codec, Float16Codec, Float16Codec, Float16Codec, R, T>(),
                ElementType.BFloat16 when R.HasNarrowLoops =>
                    Loop<V, BFloat16Codec, BFloat16Codec, BFloat16Codec, BFloat16Codec, R, T>(),
                _ => 0,
            };
    }

    private readonly struct ParametersChoice<V>(KernelKey key) : ICodecVisitor
        where V : unmanaged, IVector<V>
    {
        public nint Visit<P>()
            where P : ICodec => CodecTable.Visit(key.Types[ArrayRole.Gradients], new GradientsChoice<V, P>(key));
    }

    private readonly struct GradientsChoice<V, P>(KernelKey key) : ICodecVisitor
        where V : unmanaged, IVector<V>
        where P : ICodec
    {
        public nint Visit<G>()
            where G : ICodec => CodecTable.Visit(key.Types[ArrayRole.FirstState], new FirstChoice<V, P, G>(key));
    }

    private readonly struct FirstChoice<V, P, G>(KernelKey key) : ICodecVisitor
        where V : unmanaged, IVector<V>
        where P : ICodec
        where G : ICodec
    {
        public nint Visit<M>()
            where M : ICodec => CodecTable.Visit(key.Types[ArrayRole.SecondState], default(SecondChoice<V, P, G, M>));
    }

    private readonly struct SecondChoice<V, P, G, M> : ICodecVisitor
        where V : unmanaged, IVector<V>
        where P : ICodec
        where G : ICodec
        where M : ICodec
    {
        public nint Visit<S>()
            where S : ICodec => Loop<V, P, G, M, S, AdamRule<V, Off>, Off>();
    }

    private readonly struct ParametersPairChoice<V>(ElementType moments) : ICodecVisitor
        where V : unmanaged, IVector<V>
    {
        public nint Visit<P>()
            where P : ICodec => CodecTable.Visit(moments, default(MomentsPairChoice<V, P>));
    }

    private readonly struct MomentsPairChoice<V, P> : ICodecVisitor
        where V : unmanaged, IVector<V>
        where P : ICodec
    {
        public nint Visit<M>()
            where M : ICodec => Loop<V, P, P, M, M, AdamRule<V, Off>, On>();
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
        delegate*<in UpdateArrays, nuint, nuint, in StepConstants, nuint> loop = &UpdateLoop<V, P, G, M, S, R, T>.Run;
        return (nint)loop;
    }
}

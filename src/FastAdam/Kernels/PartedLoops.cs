using System.Runtime.CompilerServices;
using FastAdam.Codecs;
using FastAdam.Isa;
using FastAdam.Rules;

namespace FastAdam.Kernels;

/// <summary>
/// Finds the loop of a kernel some of whose arrays are not of single elements. Adam has one for both moments in blocks or both in one other
/// type, with most storage types of parameters; NAdam and RAdam, Adam with one moment in blocks, and rules whose one state array has a sign have those that tiles need. What
/// else there is goes through tiles.
/// </summary>
internal static unsafe class PartedLoops
{
    private const int GradientChoices = 2;
    private const int MomentChoices = 5;
    private const int Tiled = 63;

    /// <summary>The storage types' number among those of loops, from 1; one more than all for others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static int NumberOf(StorageTypes types)
    {
        int p = types[ArrayRole.Parameters] switch
        {
            ElementType.Float32 => 0,
            ElementType.BFloat16 => 1,
            ElementType.Split16 => 2,
            ElementType.Float32WithBFloat16 => 3,
            ElementType.StochasticBFloat16 => 4,
            _ => -1,
        };
        int g = types[ArrayRole.Gradients] switch
        {
            ElementType.Float32 => 0,
            ElementType.BFloat16 => 1,
            _ => -1,
        };
        int moments = (types[ArrayRole.FirstState], types[ArrayRole.SecondState]) switch
        {
            (ElementType.Block8, ElementType.Block8) => 0,
            (ElementType.Block8, ElementType.Float32) => 1,
            (ElementType.Float32, ElementType.Block8) => 2,
            (ElementType.Float32, ElementType.Float32) => 3,
            (ElementType.BFloat16, ElementType.BFloat16) => 4,
            _ => -1,
        };
        return p < 0 || g < 0 || moments < 0 ? Tiled : 1 + (((p * GradientChoices) + g) * MomentChoices) + moments;
    }

    /// <summary>True where the rule's loop takes the integers of that array themselves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool TakesIntegers(in KernelKey key, ArrayRole role) =>
        key.Types[role] == ElementType.Block8 && (ScaledRules.Has(key.Rule) || HasOneSignedState(key));

    /// <summary>The address of the key's loop; 0 where it has none.</summary>
    public static nint Find(in KernelKey key, bool changesGradients)
    {
        bool takesOne = HasOneSignedState(key) && key.Types[ArrayRole.FirstState] == ElementType.Block8;
        if (NumberOf(key.Types) == Tiled || !(takesOne || ScaledRules.Has(key.Rule)))
        {
            return 0;
        }

        return changesGradients
            ? IsaTable.Visit<LoopQuery<On>, nint>(key.InstructionSet, new LoopQuery<On>(key))
            : IsaTable.Visit<LoopQuery<Off>, nint>(key.InstructionSet, new LoopQuery<Off>(key));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool HasOneSignedState(in KernelKey key) => key.State == StateArrays.First && RuleKinds.IsSigned(key.Rule, 0);

    private readonly struct LoopQuery<T>(KernelKey key) : IVectorVisitor<nint>
        where T : ISwitch
    {
        public nint Visit<V, D>()
            where V : unmanaged, IVector<V>
            where D : ISquareSums
        {
            if (!IsaTable.IsIncluded<V>())
            {
                return 0;
            }

            StorageTypes types = key.Types;
            if (HasOneSignedState(key))
            {
                return types[ArrayRole.Parameters] == ElementType.Float32
                    ? RuleTable.Visit<V, FirstChoice<V, T>, nint>(key.Rule, new FirstChoice<V, T>(types[ArrayRole.Gradients]))
                    : 0;
            }

            bool areSingle = types[ArrayRole.Parameters] == ElementType.Float32 && types[ArrayRole.Gradients] == ElementType.Float32;
            if (areSingle)
            {
                return ScaledRules.Visit<V, SingleChoice<V, T>, nint>(key.Rule, new SingleChoice<V, T>(types));
            }

            // A constant to ahead-of-time compilers: scalar code goes through tiles.
            return V.Count == 1 || key.Rule != RuleKind.Adam ? 0 : types[ArrayRole.Parameters] switch
            {
                ElementType.Float32 => OfGradients<V, WholeCodec<Float32Codec>, T>(types),
                ElementType.BFloat16 => OfGradients<V, WholeCodec<BFloat16Codec>, T>(types),
                ElementType.Split16 => OfMoments<V, Split16Codec, T>(types),
                ElementType.Float32WithBFloat16 => OfMoments<V, CopyCodec<BFloat16Codec>, T>(types),
                _ => OfMoments<V, StochasticBFloat16Codec, T>(types),
            };
        }
    }

    /// <summary>Rules with one state array that has a sign.</summary>
    private readonly struct FirstChoice<V, T>(ElementType gradients) : IRuleVisitor<V, nint>
        where V : unmanaged, IVector<V>
        where T : ISwitch
    {
        public nint Visit<R>()
            where R : struct, IRule<R, V> => R.State != StateArrays.First ? 0
            : gradients == ElementType.Float32 ? Loop<V, Float32Codec, R, T>()
            : V.Count > 1 ? Loop<V, BFloat16Codec, R, T>()
            : 0;
    }

    /// <summary>Parameters and gradients in single precision: what tiles need, too.</summary>
    private readonly struct SingleChoice<V, T>(StorageTypes types) : IScaledRuleVisitor<V, nint>
        where V : unmanaged, IVector<V>
        where T : ISwitch
    {
        public nint Visit<R>()
            where R : struct, IScaledRule<R, V> => (types[ArrayRole.FirstState], types[ArrayRole.SecondState]) switch
            {
                (ElementType.Block8, ElementType.Block8) => Loop<V, WholeCodec<Float32Codec>, Float32Codec, On, On, R, T>(),
                (ElementType.Block8, _) => Loop<V, WholeCodec<Float32Codec>, Float32Codec, On, Off, R, T>(),
                _ => Loop<V, WholeCodec<Float32Codec>, Float32Codec, Off, On, R, T>(),
            };
    }

    /// <summary>Parameters of single elements, which have loops of their own beside other moments.</summary>
    private static nint OfGradients<V, P, T>(StorageTypes types)
        where V : unmanaged, IVector<V>
        where P : IPartedCodec
        where T : ISwitch =>
        types[ArrayRole.FirstState] != ElementType.Block8 || types[ArrayRole.SecondState] != ElementType.Block8 ? 0
        : types[ArrayRole.Gradients] == ElementType.Float32
            ? Loop<V, P, Float32Codec, On, On, ScaledAdamRule<V>, T>()
            : Loop<V, P, BFloat16Codec, On, On, ScaledAdamRule<V>, T>();

    private static nint OfMoments<V, P, T>(StorageTypes types)
        where V : unmanaged, IVector<V>
        where P : IPartedCodec
        where T : ISwitch
    {
        bool isSingle = types[ArrayRole.Gradients] == ElementType.Float32;
        return (types[ArrayRole.FirstState], types[ArrayRole.SecondState]) switch
        {
            (ElementType.Float32, ElementType.Float32) => isSingle
                ? Loop<V, P, Float32Codec, Float32Codec, T>()
                : Loop<V, P, BFloat16Codec, Float32Codec, T>(),
            (ElementType.BFloat16, ElementType.BFloat16) => isSingle
                ? Loop<V, P, Float32Codec, BFloat16Codec, T>()
                : Loop<V, P, BFloat16Codec, BFloat16Codec, T>(),
            _ => OfGradients<V, P, T>(types),
        };
    }

    private static nint Loop<V, P, G, TFirst, TSecond, R, T>()
        where V : unmanaged, IVector<V>
        where P : IPartedCodec
        where G : ICodec
        where TFirst : ISwitch
        where TSecond : ISwitch
        where R : struct, IScaledRule<R, V>
        where T : ISwitch
    {
        delegate*<in UpdateArrays, nuint, uint*, in StepConstants, void> loop = &BlockLoop<V, P, G, TFirst, TSecond, R, T>.Run;
        return (nint)loop;
    }

    private static nint Loop<V, G, R, T>()
        where V : unmanaged, IVector<V>
        where G : ICodec
        where R : struct, IRule<R, V>
        where T : ISwitch
    {
        delegate*<in UpdateArrays, nuint, uint*, in StepConstants, void> loop = &FirstBlockLoop<V, G, R, T>.Run;
        return (nint)loop;
    }

    private static nint Loop<V, P, G, M, T>()
        where V : unmanaged, IVector<V>
        where P : IPartedCodec
        where G : ICodec
        where M : ICodec
        where T : ISwitch
    {
        delegate*<in UpdateArrays, nuint, uint*, in StepConstants, void> loop = &PartedLoop<V, P, G, M, AdamRule<V, Off>, T>.Run;
        return (nint)loop;
    }
}

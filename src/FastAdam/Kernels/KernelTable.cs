using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastAdam.Codecs;
using FastAdam.Isa;
using FastAdam.Rules;

namespace FastAdam.Kernels;

/// <summary>All kernels: runs the one for a key, and knows which have run. Each is found when it is first run.</summary>
internal static unsafe class KernelTable
{
    /// <summary>By <see cref="Place"/>. It is native memory: most of it is never touched.</summary>
    private static readonly Kernel* _kernels = (Kernel*)NativeMemory.AllocZeroed(2 * KernelKey.LoopIndexCount, (nuint)sizeof(Kernel));

    /// <summary>True where the kernel has run, for gradients as they are or for ones that the step changes.</summary>
    public static bool HasRun(in KernelKey key, bool changesGradients) => _kernels[Place(key, changesGradients)].Run != 0;

    /// <summary>Runs the kernel of that key, whose instruction set must be supported.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in KernelKey key, in UpdateArrays arrays, in StepConstants constants)
    {
        bool changesGradients = constants.ChangesGradients;
        ref Kernel kernel = ref _kernels[Place(key, changesGradients)];
        if (Volatile.Read(ref kernel.Run) == 0)
        {
            Find(key, changesGradients, ref kernel);
        }

        ((delegate*<nint, in KernelKey, in UpdateArrays, in StepConstants, void>)kernel.Run)(kernel.Loop, key, arrays, constants);
    }

    /// <summary>Runs the update of any key in tiles, which suit any numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RunTiled(in KernelKey key, in UpdateArrays arrays, in StepConstants constants)
    {
        var run = (delegate*<nint, in KernelKey, in UpdateArrays, in StepConstants, void>)
            Found<TiledQuery>.Function(key.InstructionSet, default, default);
        run(0, key, arrays, constants);
    }

    /// <summary>The same for at most <see cref="LaneSums.BlockLength"/> elements, with what became of the parameters.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ParameterSums RunAndCompare(in KernelKey key, in UpdateArrays arrays, in StepConstants constants)
    {
        var run = (delegate*<in KernelKey, in UpdateArrays, in StepConstants, ParameterSums>)
            Found<ComparingQuery>.Function(key.InstructionSet, default, default);
        return run(key, arrays, constants);
    }

    /// <summary>Moves parameters towards the first state array, whose weight is given, or away from it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Mix(in KernelKey key, in UpdateArrays arrays, float weight)
    {
        var run = (delegate*<in KernelKey, in UpdateArrays, float, void>)
            Found<MixQuery>.Function(key.InstructionSet, default, default);
        run(key, arrays, weight);
    }

    /// <summary>Reads at most <see cref="LaneSums.BlockLength"/> gradients, the first ones of a block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static GradientSums Measure(InstructionSet instructionSet, ElementType type, byte* gradients, int length, float scale)
    {
        var run = (delegate*<byte*, int, float, GradientSums>)
            Found<GradientQuery>.Function(instructionSet, type, new GradientQuery(type));
        return run(gradients, length, scale);
    }

    /// <summary>Makes single-precision numbers of an array of any storage type.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Decode(
        InstructionSet instructionSet, ElementType type, byte* array, byte* part, nuint length, bool isSigned, float* numbers)
    {
        var run = (delegate*<ElementType, byte*, byte*, nuint, bool, float*, void>)
            Found<DecodeQuery>.Function(instructionSet, default, default);
        run(type, array, part, length, isSigned, numbers);
    }

    /// <summary>Stores single-precision numbers in an array of any storage type, rounded to nearest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Encode(
        InstructionSet instructionSet, ElementType type, byte* array, byte* part, nuint length, bool isSigned, float* numbers)
    {
        var run = (delegate*<ElementType, byte*, byte*, nuint, bool, float*, void>)
            Found<EncodeQuery>.Function(instructionSet, default, default);
        run(ElementTypes.ToNearest(type), array, part, length, isSigned, numbers);
    }

    /// <summary>Adds a row of gradients to a sum of rows, or begins one with it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(InstructionSet instructionSet, ElementType type, float* sum, byte* row, nuint length, bool isFirst)
    {
        var run = (delegate*<float*, byte*, nuint, bool, void>)
            Found<RowSumQuery>.Function(instructionSet, type, new RowSumQuery(type));
        run(sum, row, length, isFirst);
    }

    /// <summary>A loop exists twice: for gradients as they are, and for ones that the step changes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Place(in KernelKey key, bool changesGradients) => (2 * key.LoopIndex) + (changesGradients ? 1 : 0);

    private static void Find(in KernelKey key, bool changesGradients, ref Kernel kernel)
    {
        bool isTiled = LoopSearch.IsTiled(key, changesGradients);
        kernel.Loop = isTiled ? 0 : LoopSearch.Find(key, changesGradients);

        // Last: by this, other threads know that it is found.
        Volatile.Write(
            ref kernel.Run,
            isTiled
                ? IsaTable.Visit<TiledQuery, nint>(key.InstructionSet, default)
                : key.Types.ArePlain ? IsaTable.Visit<LoopRunQuery, nint>(key.InstructionSet, default)
                : IsaTable.Visit<PartedRunQuery, nint>(key.InstructionSet, default));
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
            new nint[(int)InstructionSet.Avx512 + 1, (int)ElementType.BFloat16 + 1];

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static nint Function(InstructionSet instructionSet, ElementType type, TQuery query)
        {
            ref nint function = ref _functions[(int)instructionSet, (int)type];
            if (function == 0)
            {
                function = IsaTable.Visit<TQuery, nint>(instructionSet, query);
            }

            return function;
        }
    }

    private readonly struct LoopRunQuery : IVectorVisitor<nint>
    {
        public nint Visit<V, D>()
            where V : unmanaged, IVector<V>
            where D : ISquareSums
        {
            if (!IsaTable.IsIncluded<V>())
            {
                return 0;
            }

            delegate*<nint, in KernelKey, in UpdateArrays, in StepConstants, void> run = &LoopRun<V>.Run;
            return (nint)run;
        }
    }

    private readonly struct PartedRunQuery : IVectorVisitor<nint>
    {
        public nint Visit<V, D>()
            where V : unmanaged, IVector<V>
            where D : ISquareSums
        {
            if (!IsaTable.IsIncluded<V>())
            {
                return 0;
            }

            delegate*<nint, in KernelKey, in UpdateArrays, in StepConstants, void> run = &PartedRun<V>.Run;
            return (nint)run;
        }
    }

    private readonly struct TiledQuery : IVectorVisitor<nint>
    {
        public nint Visit<V, D>()
            where V : unmanaged, IVector<V>
            where D : ISquareSums
        {
            if (!IsaTable.IsIncluded<V>())
            {
                return 0;
            }

            delegate*<nint, in KernelKey, in UpdateArrays, in StepConstants, void> run = &TiledUpdate<V, D>.Run;
            return (nint)run;
        }
    }

    private readonly struct ComparingQuery : IVectorVisitor<nint>
    {
        public nint Visit<V, D>()
            where V : unmanaged, IVector<V>
            where D : ISquareSums
        {
            if (!IsaTable.IsIncluded<V>())
            {
                return 0;
            }

            delegate*<in KernelKey, in UpdateArrays, in StepConstants, ParameterSums> run = &TiledUpdate<V, D>.RunAndCompare;
            return (nint)run;
        }
    }

    private readonly struct DecodeQuery : IVectorVisitor<nint>
    {
        public nint Visit<V, D>()
            where V : unmanaged, IVector<V>
            where D : ISquareSums
        {
            if (!IsaTable.IsIncluded<V>())
            {
                return 0;
            }

            delegate*<ElementType, byte*, byte*, nuint, bool, float*, void> run = &Conversion<V>.Decode;
            return (nint)run;
        }
    }

    private readonly struct EncodeQuery : IVectorVisitor<nint>
    {
        public nint Visit<V, D>()
            where V : unmanaged, IVector<V>
            where D : ISquareSums
        {
            if (!IsaTable.IsIncluded<V>())
            {
                return 0;
            }

            delegate*<ElementType, byte*, byte*, nuint, bool, float*, void> run = &Conversion<V>.Encode;
            return (nint)run;
        }
    }

    private readonly struct MixQuery : IVectorVisitor<nint>
    {
        public nint Visit<V, D>()
            where V : unmanaged, IVector<V>
            where D : ISquareSums
        {
            if (!IsaTable.IsIncluded<V>())
            {
                return 0;
            }

            delegate*<in KernelKey, in UpdateArrays, float, void> run = &MixLoop<V>.Run;
            return (nint)run;
        }
    }

    private readonly struct GradientQuery(ElementType type) : IVectorVisitor<nint>
    {
        public nint Visit<V, D>()
            where V : unmanaged, IVector<V>
            where D : ISquareSums => IsaTable.IsIncluded<V>() ? CodecTable.Visit(type, default(GradientChoice<V, D>)) : 0;
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
            where D : ISquareSums => IsaTable.IsIncluded<V>() ? CodecTable.Visit(type, default(RowSumChoice<V>)) : 0;
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
}

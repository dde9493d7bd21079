using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastAdam.Kernels;
using FastAdam.Memory;
using FastAdam.Rules;

namespace FastAdam.Native;

/// <summary>
/// What the C face in native-aot/loader calls: functions that step, allocate and free, and the version that must be its own.
/// fastadam.h says what they do; nothing but a status or a pointer leaves them.
/// </summary>
internal static unsafe class Exports
{
    // The face has chosen the library by its CPU's features; the widest that it was compiled for is what it is for.
    private static readonly InstructionSet _instructionSet = InstructionSets.Supported[0];

    /// <summary>Raised with any change of the functions or the structs.</summary>
    [UnmanagedCallersOnly(EntryPoint = "fastadam_level_version")]
    public static int Version() => 2;

    [UnmanagedCallersOnly(EntryPoint = "fastadam_level_step")]
    public static int Step(NativeTensor* tensors, nuint count, NativeOptions* options, long step)
    {
        try
        {
            Status status = Check(options);
            if (status != Status.Ok)
            {
                return (int)status;
            }

            ref readonly StepConstants constants = ref AdamStepConstants.Of(step, Options(*options));
            if (tensors == null && count != 0)
            {
                return (int)Status.Null;
            }

            int threads = options->Threads;
            return (int)(count == 1 ? StepOne(*tensors, constants, threads) : StepList(tensors, count, constants, threads));
        }
        catch (ArgumentNullException)
        {
            return (int)Status.Null;
        }
        catch (ArgumentOutOfRangeException exception)
        {
            return (int)(exception.ParamName switch
            {
                "step" => Status.Step,
                "length" or "tensors" => Status.Length,
                _ => Status.Hyperparameter,
            });
        }
        catch (ArgumentException)
        {
            return (int)Status.Overlap;
        }
#pragma warning disable CA1031 // Nothing may cross the C boundary.
        catch (Exception)
#pragma warning restore CA1031
        {
            return (int)Status.Internal;
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fastadam_level_alloc")]
    public static void* Alloc(nuint bytes, int threads)
    {
        try
        {
            return Block.Allocate(bytes, threads);
        }
#pragma warning disable CA1031 // Nothing may cross the C boundary.
        catch (Exception)
#pragma warning restore CA1031
        {
            return null;
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fastadam_level_free")]
    public static void Free(void* block) => Block.Free((byte*)block);

    private static Status Check(NativeOptions* options) =>
        options == null ? Status.Null
        : options->StructSize != sizeof(NativeOptions) ? Status.StructSize
        : (options->Flags & ~NativeFlags.All) != 0 || options->Reserved != 0 ? Status.Flags
        : options->Threads < 0 ? Status.Threads
        : options->Flags.HasFlag(NativeFlags.AmsGrad) ? Status.Unsupported
        : Status.Ok;

    private static AdamOptions Options(in NativeOptions options) => new()
    {
        LearningRate = options.LearningRate,
        Beta1 = options.Beta1,
        Beta2 = options.Beta2,
        Epsilon = options.Epsilon,
        WeightDecay = options.WeightDecay,
        DecoupledWeightDecay = options.Flags.HasFlag(NativeFlags.DecoupledWeightDecay),
        GradientScale = options.GradientScale,
        Maximize = options.Flags.HasFlag(NativeFlags.Maximize),
        Subnormals = options.Flags.HasFlag(NativeFlags.PreserveSubnormals) ? Subnormals.Preserve : Subnormals.Flush,
        Threads = options.Threads,
    };

    private static Status StepOne(in NativeTensor tensor, in StepConstants constants, int threads)
    {
        if (!TryKey(tensor, out KernelKey key))
        {
            return Status.DType;
        }

        Streams streams = StreamsOf(tensor);
        StepValidation.Arrays(key, streams);
        if (streams.Length != 0)
        {
            ParallelRun.Run(key, streams, constants, threads);
        }

        return Status.Ok;
    }

    private static Status StepList(NativeTensor* tensors, nuint count, in StepConstants constants, int threads)
    {
        if (count > int.MaxValue / 4)
        {
            return Status.Length;
        }

        using TensorList list = TensorList.Take((int)count);
        list.Constants(1)[0] = constants;
        for (int i = 0; i < (int)count; i++)
        {
            if (!TryKey(tensors[i], out KernelKey key))
            {
                return Status.DType;
            }

            list.Set(i, new TensorWork(key, StreamsOf(tensors[i])));
        }

        StepValidation.Tensors(list);
        list.Run(Parallelism.Of(threads));
        return Status.Ok;
    }

    /// <summary>False for an unknown dtype.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryKey(in NativeTensor tensor, out KernelKey key)
    {
        key = new KernelKey(
            _instructionSet,
            RuleKind.Adam,
            (ElementType)tensor.ParametersType,
            (ElementType)tensor.GradientsType,
            (ElementType)tensor.ExpAvgType,
            (ElementType)tensor.ExpAvgSqType);
        return IsElementType(tensor.ParametersType)
            && IsElementType(tensor.GradientsType)
            && IsElementType(tensor.ExpAvgType)
            && IsElementType(tensor.ExpAvgSqType);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Streams StreamsOf(in NativeTensor tensor) =>
        new(tensor.Parameters, tensor.Gradients, tensor.ExpAvg, tensor.ExpAvgSq, tensor.Length);

    /// <summary>FASTADAM_F32, _F16 and _BF16 are the members of <see cref="ElementType"/>.</summary>
    private static bool IsElementType(int type) => type is >= (int)ElementType.Float32 and <= (int)ElementType.BFloat16;
}

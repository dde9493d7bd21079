using System.Runtime.Intrinsics;
using FastAdam.Benchmarks.Bitsandbytes;
using FastAdam.Benchmarks.Cases;
using FastAdam.Benchmarks.LibTorch;
using Torch = FastAdam.LibTorch.Tests.LibTorch;

namespace FastAdam.Benchmarks.Contenders;

/// <summary>The kernels that can be had in this process, and why others cannot.</summary>
internal sealed class Field
{
    /// <summary>One pass over more elements than this takes seconds with the slow kernels.</summary>
    private const long LongestForSlow = 1 << 24;

    /// <summary>In longer tensors what a call costs by itself is lost in the noise.</summary>
    private const long LongestForDirect = 1 << 16;

    private readonly FastAdamLibrary? _library;

    /// <summary>Looks for the kernels; libtorch is fetched where it is missing.</summary>
    /// <param name="library">libfastadam.</param>
    public Field(FileInfo library)
    {
        _library = FastAdamLibrary.Load(library, out string? noLibrary);
        NoFastAdamC = noLibrary;
        NoLibTorch = LibTorchPackage.Load();
    }

    /// <summary>Why there is no libfastadam; null where there is.</summary>
    public string? NoFastAdamC { get; }

    /// <summary>Why there is no libtorch; null where there is.</summary>
    public string? NoLibTorch { get; }

    /// <summary>In how many rounds a kernel is measured at most: what is slow would take most of the time.</summary>
    /// <param name="kernel">The kernel.</param>
    public static int MostRounds(Kernel kernel) => kernel switch
    {
        Kernel.Naive or Kernel.TensorPrimitives or Kernel.Bitsandbytes8 => 5,
        Kernel.Bitsandbytes8Default => 2,
        _ => int.MaxValue,
    };

    /// <summary>The instruction set of a kernel's code.</summary>
    /// <param name="kernel">A kernel that can be had.</param>
    public string Isa(Kernel kernel) => kernel switch
    {
        Kernel.FastAdam => Name(InstructionSets.Current),
        Kernel.FastAdamC or Kernel.FastAdamOpenMP => _library!.Isa,
        Kernel.LibTorch => Torch.CpuCapability().ToLowerInvariant(),
        Kernel.LibTorchDirect => $"{Isa(Kernel.LibTorch)}-direct",
        Kernel.Bitsandbytes8 or Kernel.Bitsandbytes8Default => Isa(Kernel.LibTorch),
        Kernel.Limit => Name(LimitLoop.InstructionSet),
        Kernel.Naive => Name(InstructionSet.Scalar),
        Kernel.TensorPrimitives => Vector512.IsHardwareAccelerated ? Name(InstructionSet.Avx512)
            : Vector256.IsHardwareAccelerated ? Name(InstructionSet.Avx2)
            : Name(InstructionSets.Current),
        _ => throw new ArgumentOutOfRangeException(nameof(kernel)),
    };

    /// <summary>Whether a kernel takes part in a case.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="measured">The case.</param>
    public bool TakesPart(Kernel kernel, Case measured) => kernel switch
    {
        _ when measured.DType is Format => TakesPartInFormat(kernel, measured),
        Kernel.Bitsandbytes8 or Kernel.Bitsandbytes8Default => false,
        Kernel.FastAdam or Kernel.Limit => true,
        not Kernel.LibTorch when measured.ComparesFormats => false,
        _ when measured.Work != Work.AdamW => false,
        Kernel.FastAdamC => _library is not null,
        Kernel.FastAdamOpenMP => measured.Threads > 1 && _library?.OpenMPExecutor is not (null or 0),
        Kernel.LibTorch => NoLibTorch is null && LibTorchTensors.Supports(measured.DType),
        Kernel.LibTorchDirect => TakesPart(Kernel.LibTorch, measured) && measured.Lengths.Max() <= LongestForDirect,
        Kernel.Naive => IsForSlow(measured),
        Kernel.TensorPrimitives => IsForSlow(measured) && TensorPrimitivesContender.Supports(measured.DType),
        _ => throw new ArgumentOutOfRangeException(nameof(kernel)),
    };

    /// <summary>A kernel with tensors of its own.</summary>
    /// <param name="kernel">A kernel that takes part.</param>
    /// <param name="measured">The case.</param>
    public IContender Create(Kernel kernel, Case measured)
    {
        if (measured.DType is Format)
        {
            return CreateOfFormat(kernel, measured);
        }

        var set = new TensorSet(measured);
        return kernel switch
        {
            Kernel.FastAdam when measured.Work != Work.AdamW => new OptimizerContender(set, measured),
            Kernel.FastAdam => FastAdam(set, measured),
            Kernel.FastAdamC => new FastAdamCContender(_library!, set, measured, executor: 0),
            Kernel.FastAdamOpenMP => new FastAdamCContender(_library!, set, measured, _library!.OpenMPExecutor),
            Kernel.LibTorch => new LibTorchContender(new LibTorchTensors(set, measured)),
            Kernel.LibTorchDirect => new LibTorchDirectContender(new LibTorchTensors(set, measured)),
            Kernel.Limit => new LimitContender(set, measured),
            Kernel.Naive => Naive(set),
            Kernel.TensorPrimitives => new TensorPrimitivesContender(set),
            _ => throw new ArgumentOutOfRangeException(nameof(kernel)),
        };
    }

    private bool TakesPartInFormat(Kernel kernel, Case measured) => measured.Lengths.Count == 1 && kernel switch
    {
        Kernel.FastAdam or Kernel.Limit => true,
        Kernel.Bitsandbytes8 or Kernel.Bitsandbytes8Default =>
            NoLibTorch is null && measured.Length <= LongestForSlow && Bitsandbytes8Contender.Supports(measured),
        _ => false,
    };

    private static IContender CreateOfFormat(Kernel kernel, Case measured)
    {
        var set = new FormatSet(measured);
        return kernel switch
        {
            Kernel.FastAdam => new FormatContender(set, measured),
            Kernel.Limit => new FormatLimitContender(set, measured),
            Kernel.Bitsandbytes8 => new Bitsandbytes8Contender(set, measured, new LoopConversion()),
            Kernel.Bitsandbytes8Default => new Bitsandbytes8Contender(set, measured, new TensorConversion()),
            _ => throw new ArgumentOutOfRangeException(nameof(kernel)),
        };
    }

    private static bool IsForSlow(Case measured) =>
        measured is { Threads: 1, Lengths.Count: 1, Length: <= LongestForSlow, StepsBefore: 0, SameStep: false };

    private static IContender FastAdam(TensorSet set, Case measured) => set.DType switch
    {
        var type when type == DType.F32 => new FastAdamContender<float, float>(set, measured),
        var type when type == DType.BF16 => new FastAdamContender<BFloat16, BFloat16>(set, measured),
        var type when type == DType.F16 => new FastAdamContender<Half, Half>(set, measured),
        var type when type == DType.BF16WithF32State => new FastAdamContender<BFloat16, float>(set, measured),
        _ => new FastAdamContender<float, BFloat16>(set, measured),
    };

    private static IContender Naive(TensorSet set) => set.DType switch
    {
        var type when type == DType.F32 => new NaiveContender<float, float>(set),
        var type when type == DType.BF16 => new NaiveContender<BFloat16, BFloat16>(set),
        var type when type == DType.F16 => new NaiveContender<Half, Half>(set),
        var type when type == DType.BF16WithF32State => new NaiveContender<BFloat16, float>(set),
        _ => new NaiveContender<float, BFloat16>(set),
    };

    private static string Name(InstructionSet instructionSet) => instructionSet.ToString().ToLowerInvariant();
}

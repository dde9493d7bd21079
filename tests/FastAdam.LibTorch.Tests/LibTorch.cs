using System.Runtime.InteropServices;
using FastAdam.Kernels;
using Xunit;

namespace FastAdam.LibTorch.Tests;

/// <summary>
/// PyTorch's fused Adam on the CPU, the operators <c>aten::_fused_adam_</c> and <c>aten::_fused_adamw_</c>, through the C
/// interface of its library (torch/csrc/stable/c/shim.h).
/// </summary>
internal static unsafe partial class LibTorch
{
    private const string Library = "torch_cpu";

    /// <summary>The version of the interface that this file is written to, 2.10.0.</summary>
    private const ulong InterfaceVersion = 0x020a_0000_0000_0000;

    private static readonly string? _unavailable = Load();

    /// <summary>Skips the running test, and says why, where there is no libtorch to compare with.</summary>
    public static void SkipUnlessAvailable() => Assert.SkipWhen(_unavailable is not null, _unavailable ?? "");

    /// <summary>
    /// One step of Adam or, with decoupled weight decay, AdamW over arrays of one storage type.
    /// </summary>
    /// <param name="type">The storage type of all four arrays: the operator refuses any mix.</param>
    /// <param name="parameters">Updated.</param>
    /// <param name="gradients">Divided by <paramref name="gradScale"/> in place where that is given.</param>
    /// <param name="expAvg">Updated.</param>
    /// <param name="expAvgSq">Updated.</param>
    /// <param name="length">Elements in each array.</param>
    /// <param name="step">The number of this step, from 1: callers count it up before they call the operator. Kept in single
    /// precision there, so at most 2^24.</param>
    /// <param name="options">The hyperparameters; the gradient scale in it is not looked at.</param>
    /// <param name="gradScale">grad_scale, or null to leave it out.</param>
    /// <exception cref="InvalidOperationException">libtorch failed; it has said why on the standard error stream.</exception>
    public static void FusedStep(
        ElementType type,
        void* parameters,
        void* gradients,
        void* expAvg,
        void* expAvgSq,
        int length,
        long step,
        in AdamOptions options,
        float? gradScale)
    {
        int dtype = type switch
        {
            ElementType.Float32 => Float32(),
            ElementType.Float16 => Float16(),
            ElementType.BFloat16 => BFloat16(),
            _ => throw new ArgumentOutOfRangeException(nameof(type)),
        };
        float state = step;
        float scale = gradScale.GetValueOrDefault();

        // The arguments in the order of the operator's schema. The call takes over all that they refer to but the arrays.
        ulong* stack = stackalloc ulong[]
        {
            List(Tensor(parameters, length, dtype)),
            List(Tensor(gradients, length, dtype)),
            List(Tensor(expAvg, length, dtype)),
            List(Tensor(expAvgSq, length, dtype)),
            List(), // max_exp_avg_sqs: none without AMSGrad
            List(Tensor(&state, 1, Float32())),
            BitConverter.DoubleToUInt64Bits(options.LearningRate),
            BitConverter.DoubleToUInt64Bits(options.Beta1),
            BitConverter.DoubleToUInt64Bits(options.Beta2),
            BitConverter.DoubleToUInt64Bits(options.WeightDecay),
            BitConverter.DoubleToUInt64Bits(options.Epsilon),
            0, // amsgrad
            options.Maximize ? 1ul : 0,
            gradScale is null ? 0 : Optional(Tensor(&scale, 1, Float32())),
            0, // found_inf: none
        };
        Require(CallDispatcher(
            options.DecoupledWeightDecay ? "aten::_fused_adamw_" : "aten::_fused_adam_", "", stack, InterfaceVersion));
    }

    private static string? Load()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            return "The libtorch that these tests use is for Linux on x64.";
        }

        try
        {
            NativeLibrary.Load(Library, typeof(LibTorch).Assembly, searchPath: null);
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
        {
            return $"libtorch cannot be loaded: {exception.Message}";
        }

        // These arrays are too small to share out. It would not change a bit: threads get whole cache lines, so no scalar tail
        // arises between them.
        SetThreadCount(1);

        // Without AVX2 it runs other code, which multiplies and adds with two roundings.
        string capability = CpuCapability();
        return capability is "AVX2" or "AVX512"
            ? null
            : $"libtorch runs its code for {capability} here, which rounds differently from that for AVX2.";
    }

    /// <summary>The instruction set that libtorch has chosen.</summary>
    private static string CpuCapability()
    {
        // The std::string that comes back: a pointer, a length, and 16 bytes that hold so short a text themselves.
        ulong* text = stackalloc ulong[4];
        CpuCapability(text);
        return Marshal.PtrToStringUTF8((nint)text[0], (int)text[1]);
    }

    private static ulong Tensor(void* data, long length, int dtype)
    {
        long stride = 1;
        Require(CreateTensor(data, 1, &length, &stride, 0, dtype, Cpu(), 0, out nint tensor));
        return (ulong)tensor;
    }

    private static ulong List(params ReadOnlySpan<ulong> elements)
    {
        Require(NewList((nuint)elements.Length, out nint list));
        foreach (ulong element in elements)
        {
            Require(PushBack(list, element));
        }

        return (ulong)list;
    }

    /// <summary>A value that may be absent is passed in memory of its own, which the receiver frees.</summary>
    private static ulong Optional(ulong value)
    {
        ulong* slot = (ulong*)NativeMemory.Alloc(sizeof(ulong));
        *slot = value;
        return (ulong)slot;
    }

    private static void Require(int error)
    {
        if (error != 0)
        {
            throw new InvalidOperationException("libtorch failed: see the standard error stream.");
        }
    }

    [LibraryImport(Library, EntryPoint = "aoti_torch_device_type_cpu")]
    private static partial int Cpu();

    [LibraryImport(Library, EntryPoint = "aoti_torch_dtype_float32")]
    private static partial int Float32();

    [LibraryImport(Library, EntryPoint = "aoti_torch_dtype_float16")]
    private static partial int Float16();

    [LibraryImport(Library, EntryPoint = "aoti_torch_dtype_bfloat16")]
    private static partial int BFloat16();

    [LibraryImport(Library, EntryPoint = "aoti_torch_create_tensor_from_blob")]
    private static partial int CreateTensor(
        void* data,
        long dimensions,
        long* sizes,
        long* strides,
        long storageOffset,
        int dtype,
        int deviceType,
        int deviceIndex,
        out nint tensor);

    [LibraryImport(Library, EntryPoint = "torch_new_list_reserve_size")]
    private static partial int NewList(nuint capacity, out nint list);

    [LibraryImport(Library, EntryPoint = "torch_list_push_back")]
    private static partial int PushBack(nint list, ulong element);

    [LibraryImport(Library, EntryPoint = "torch_call_dispatcher", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int CallDispatcher(string name, string overload, ulong* stack, ulong interfaceVersion);

    // C++ functions, for which there is no C name: at::set_num_threads(int), std::string at::get_cpu_capability().
    [LibraryImport(Library, EntryPoint = "_ZN2at15set_num_threadsEi")]
    private static partial void SetThreadCount(int count);

    [LibraryImport(Library, EntryPoint = "_ZN2at18get_cpu_capabilityB5cxx11Ev")]
    private static partial void CpuCapability(ulong* text);
}

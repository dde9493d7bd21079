using System.Runtime.InteropServices;
using FastAdam.Kernels;

namespace FastAdam.LibTorch.Tests;

/// <summary>
/// PyTorch's fused optimizers on the CPU, the operators <c>aten::_fused_adam_</c>, <c>aten::_fused_adamw_</c>,
/// <c>aten::_fused_sgd_</c> and <c>aten::_fused_adagrad_</c>, and <c>aten::linspace</c>, through the C interface of its library
/// (torch/csrc/stable/c/shim.h).
/// </summary>
internal static unsafe partial class LibTorch
{
    private const string Library = "torch_cpu";

    /// <summary>The version of the interface that this file is written to, 2.10.0.</summary>
    public const ulong InterfaceVersion = 0x020a_0000_0000_0000;

    /// <summary>The length of the stack of a call: room for the arguments of any of the operators.</summary>
    public const int ArgumentCount = 15;

    public static ReadOnlySpan<byte> FusedAdam => "aten::_fused_adam_\0"u8;

    public static ReadOnlySpan<byte> FusedAdamW => "aten::_fused_adamw_\0"u8;

    public static ReadOnlySpan<byte> FusedSgd => "aten::_fused_sgd_\0"u8;

    public static ReadOnlySpan<byte> FusedAdaGrad => "aten::_fused_adagrad_\0"u8;

    /// <summary>Finds out whether there is libtorch: to be called before any other use of this class.</summary>
    /// <returns>Null, or why there is no libtorch in this process.</returns>
    public static string? Load()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            return "The package of libtorch is for Linux on x64.";
        }

        try
        {
            _ = Cpu();
            return null;
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException)
        {
            return $"libtorch cannot be loaded: {exception.Message}";
        }
    }

    /// <summary>The instruction set that libtorch has chosen.</summary>
    public static string CpuCapability()
    {
        // The std::string that comes back: a pointer, a length, and 16 bytes that hold so short a text themselves.
        ulong* text = stackalloc ulong[4];
        CpuCapability(text);
        return Marshal.PtrToStringUTF8((nint)text[0], (int)text[1]);
    }

    /// <summary>A new tensor over an array, which must live as long as the tensor.</summary>
    /// <param name="data">The array.</param>
    /// <param name="length">Its elements.</param>
    /// <param name="type">Their storage type.</param>
    public static ulong Tensor(void* data, long length, ElementType type)
    {
        int dtype = type switch
        {
            ElementType.Float32 => Float32(),
            ElementType.Float16 => Float16(),
            ElementType.BFloat16 => BFloat16(),
            _ => throw new ArgumentOutOfRangeException(nameof(type)),
        };
        long stride = 1;
        Require(CreateTensor(data, 1, &length, &stride, 0, dtype, Cpu(), 0, out nint tensor));
        return (ulong)tensor;
    }

    /// <summary>A further handle of a tensor, for a list to take over.</summary>
    /// <param name="tensor">The tensor.</param>
    public static ulong Share(ulong tensor)
    {
        Require(NewHandle((nint)tensor, out nint handle));
        return (ulong)handle;
    }

    /// <summary>Gives a handle back.</summary>
    /// <param name="tensor">The tensor.</param>
    public static void Delete(ulong tensor) => Require(DeleteTensor((nint)tensor));

    /// <summary>torch.linspace in single precision.</summary>
    /// <param name="start">The first number.</param>
    /// <param name="end">The last number.</param>
    /// <param name="result">Takes the numbers.</param>
    public static void Linspace(float start, float end, Span<float> result)
    {
        fixed (float* numbers = result)
        {
            Span<ulong> stack = [Number(&start), Number(&end), (ulong)result.Length, Tensor(numbers, result.Length, ElementType.Float32)];
            Require(CallDispatcher("aten::linspace\0"u8, "Tensor_Tensor_out\0"u8, stack, InterfaceVersion));
            Delete(stack[0]); // another handle of the result
        }

        // A tensor without dimensions.
        static ulong Number(float* value)
        {
            Require(CreateTensor(value, 0, null, null, 0, Float32(), Cpu(), 0, out nint tensor));
            return (ulong)tensor;
        }
    }

    /// <summary>A new list, which takes over its elements.</summary>
    /// <param name="elements">Handles of tensors.</param>
    public static ulong List(params ReadOnlySpan<ulong> elements)
    {
        Require(NewList((nuint)elements.Length, out nint list));
        foreach (ulong element in elements)
        {
            Require(PushBack(list, element));
        }

        return (ulong)list;
    }

    /// <summary>
    /// Writes down the arguments of <see cref="FusedAdam"/> or <see cref="FusedAdamW"/> in the order of their schema. For all
    /// operators the lists are of the same length and of one storage type: the operators refuse any mix.
    /// </summary>
    /// <param name="stack">Takes the arguments, at most <see cref="ArgumentCount"/> of them.</param>
    /// <param name="parameters">A list; the tensors are updated.</param>
    /// <param name="gradients">A list; divided by <paramref name="gradScale"/> in place where that is given.</param>
    /// <param name="expAvgs">A list; updated.</param>
    /// <param name="expAvgSqs">A list; updated.</param>
    /// <param name="maxExpAvgSqs">A list; updated. Empty without AMSGrad.</param>
    /// <param name="steps">A list of single-precision tensors of one element, the number of the step, from 1: callers count it
    /// up before they call. At most 2^24.</param>
    /// <param name="options">The hyperparameters; the gradient scale in it is not looked at.</param>
    /// <param name="gradScale">The tensor grad_scale, or null to leave it out.</param>
    public static void PushAdam(
        Span<ulong> stack,
        ulong parameters,
        ulong gradients,
        ulong expAvgs,
        ulong expAvgSqs,
        ulong maxExpAvgSqs,
        ulong steps,
        in ParameterGroup options,
        ulong? gradScale)
    {
        ReadOnlySpan<ulong> arguments =
        [
            parameters,
            gradients,
            expAvgs,
            expAvgSqs,
            maxExpAvgSqs,
            steps,
            Number(options.LearningRate),
            Number(options.Beta1),
            Number(options.Beta2),
            Number(options.WeightDecay),
            Number(options.Epsilon),
            Flag(options.AmsGrad),
            Flag(options.Maximize),
            Optional(gradScale),
            0, // found_inf: none
        ];
        arguments.CopyTo(stack);
    }

    /// <summary>Writes down the arguments of <see cref="FusedSgd"/>, as <see cref="PushAdam"/>.</summary>
    /// <param name="stack">Takes the arguments.</param>
    /// <param name="parameters">A list; updated.</param>
    /// <param name="gradients">A list; divided by <paramref name="gradScale"/> in place where that is given.</param>
    /// <param name="momentumBuffers">A list; updated. Empty without momentum.</param>
    /// <param name="options">The hyperparameters; the gradient scale in it is not looked at.</param>
    /// <param name="isFirstStep">Whether the buffers are to be filled with the gradients.</param>
    /// <param name="gradScale">The tensor grad_scale, or null to leave it out.</param>
    public static void PushSgd(
        Span<ulong> stack,
        ulong parameters,
        ulong gradients,
        ulong momentumBuffers,
        in ParameterGroup options,
        bool isFirstStep,
        ulong? gradScale)
    {
        ReadOnlySpan<ulong> arguments =
        [
            parameters,
            gradients,
            momentumBuffers,
            Number(options.WeightDecay),
            Number(options.Momentum),
            Number(options.LearningRate),
            Number(options.Dampening),
            Flag(options.Nesterov),
            Flag(options.Maximize),
            Flag(isFirstStep),
            Optional(gradScale),
            0, // found_inf: none
        ];
        arguments.CopyTo(stack);
    }

    /// <summary>Writes down the arguments of <see cref="FusedAdaGrad"/>, as <see cref="PushAdam"/>.</summary>
    /// <param name="stack">Takes the arguments.</param>
    /// <param name="parameters">A list; updated.</param>
    /// <param name="gradients">A list; divided by <paramref name="gradScale"/> in place where that is given.</param>
    /// <param name="sums">A list, the sums of squares; updated.</param>
    /// <param name="steps">The number of the step, as in <see cref="PushAdam"/>.</param>
    /// <param name="options">The hyperparameters; the gradient scale in it is not looked at.</param>
    /// <param name="gradScale">The tensor grad_scale, or null to leave it out.</param>
    public static void PushAdaGrad(
        Span<ulong> stack,
        ulong parameters,
        ulong gradients,
        ulong sums,
        ulong steps,
        in ParameterGroup options,
        ulong? gradScale)
    {
        ReadOnlySpan<ulong> arguments =
        [
            parameters,
            gradients,
            sums,
            steps,
            Number(options.LearningRate),
            Number(options.LearningRateDecay),
            Number(options.WeightDecay),
            Number(options.Epsilon),
            Flag(options.Maximize),
            Optional(gradScale),
            0, // found_inf: none
        ];
        arguments.CopyTo(stack);
    }

    /// <summary>One step. Takes over all that the arguments refer to but the arrays.</summary>
    /// <param name="name">The operator's name, ending in a zero.</param>
    /// <param name="stack">Its arguments.</param>
    /// <exception cref="InvalidOperationException">libtorch failed; it has said why on the standard error stream.</exception>
    public static void Call(ReadOnlySpan<byte> name, Span<ulong> stack) =>
        Require(CallDispatcher(name, "\0"u8, stack, InterfaceVersion));

    private static ulong Number(double value) => BitConverter.DoubleToUInt64Bits(value);

    private static ulong Flag(bool value) => value ? 1ul : 0;

    /// <summary>A value that may be absent is passed in memory of its own, which the receiver frees.</summary>
    private static ulong Optional(ulong? value)
    {
        if (value is not { } present)
        {
            return 0;
        }

        ulong* slot = (ulong*)NativeMemory.Alloc(sizeof(ulong));
        *slot = present;
        return (ulong)slot;
    }

    /// <summary>Looks at what a function of the interface returns.</summary>
    /// <param name="error">0, or that it failed.</param>
    /// <exception cref="InvalidOperationException">It failed; libtorch has said why on the standard error stream.</exception>
    public static void Require(int error)
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

    [LibraryImport(Library, EntryPoint = "aoti_torch_new_tensor_handle")]
    private static partial int NewHandle(nint tensor, out nint handle);

    [LibraryImport(Library, EntryPoint = "aoti_torch_delete_tensor_object")]
    private static partial int DeleteTensor(nint tensor);

    [LibraryImport(Library, EntryPoint = "torch_new_list_reserve_size")]
    private static partial int NewList(nuint capacity, out nint list);

    [LibraryImport(Library, EntryPoint = "torch_list_push_back")]
    private static partial int PushBack(nint list, ulong element);

    [LibraryImport(Library, EntryPoint = "torch_call_dispatcher")]
    private static partial int CallDispatcher(
        ReadOnlySpan<byte> name, ReadOnlySpan<byte> overload, Span<ulong> stack, ulong interfaceVersion);

    // C++ functions, for which there is no C name: at::set_num_threads(int), std::string at::get_cpu_capability().
    [LibraryImport(Library, EntryPoint = "_ZN2at15set_num_threadsEi")]
    public static partial void SetThreadCount(int count);

    [LibraryImport(Library, EntryPoint = "_ZN2at18get_cpu_capabilityB5cxx11Ev")]
    private static partial void CpuCapability(ulong* text);
}

using System.Runtime.InteropServices;
using Torch = FastAdam.LibTorch.Tests.LibTorch;

namespace FastAdam.Benchmarks.LibTorch;

/// <summary>
/// libtorch's operators on whole tensors, as PyTorch programs call them. Those that the dispatcher's C interface takes are called through
/// it. It takes no numbers of the type Scalar, which is any of int, double and bool: operators with one are called as C++ programs do,
/// by at::_ops::name::call, as in <see cref="FusedAdamWOperator"/>.
/// </summary>
internal static unsafe partial class TensorOperators
{
    private const string Library = "torch_cpu";

    /// <summary>Of a call: calls are made by one thread at a time.</summary>
    private static readonly Scalar* _scalars = (Scalar*)NativeMemory.AlignedAlloc(2 * (nuint)sizeof(Scalar), 16);

    /// <summary>
    /// Lets the C library keep memory that libtorch gives back, for what it asks for next. By itself it returns large blocks to the
    /// system, and every tensor that an operator makes is then written into fresh pages, whose faults can take most of the time. PyTorch
    /// programs have other allocators in its place for the same reason.
    /// </summary>
    public static void KeepMemory()
    {
        const int TrimThreshold = -1;
        const int MostMappings = -4;

        _ = SetAllocation(MostMappings, 0);
        _ = SetAllocation(TrimThreshold, int.MaxValue);
    }

    public static int Float32 { get; } = DTypeFloat32();

    public static int UInt8 { get; } = DTypeUInt8();

    public static int Int32 { get; } = DTypeInt32();

    /// <summary>A new tensor over an array, which must live as long as the tensor.</summary>
    /// <param name="data">The array.</param>
    /// <param name="length">Its elements.</param>
    /// <param name="dtype">Their type.</param>
    public static ulong Over(void* data, long length, int dtype)
    {
        long stride = 1;
        Torch.Require(CreateTensor(data, 1, &length, &stride, 0, dtype, 0, 0, out nint tensor));
        return (ulong)tensor;
    }

    /// <summary>A new tensor of libtorch's memory, which holds anything.</summary>
    /// <param name="length">Its elements.</param>
    /// <param name="dtype">Their type.</param>
    public static ulong Empty(long length, int dtype)
    {
        long stride = 1;
        Torch.Require(CreateEmpty(1, &length, &stride, dtype, 0, 0, out nint tensor));
        return (ulong)tensor;
    }

    /// <summary>A further tensor over the same elements, in rows.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="rows">How many.</param>
    /// <param name="columns">Of how many elements.</param>
    public static ulong Rows(ulong tensor, long rows, long columns)
    {
        long* sizes = stackalloc long[] { rows, columns };
        long* strides = stackalloc long[] { columns, 1 };
        Torch.Require(Reinterpret((nint)tensor, 2, sizes, strides, 0, out nint view));
        return (ulong)view;
    }

    /// <summary>A further tensor over the same elements, one after the other.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="length">How many.</param>
    public static ulong Flat(ulong tensor, long length)
    {
        long stride = 1;
        Torch.Require(Reinterpret((nint)tensor, 1, &length, &stride, 0, out nint view));
        return (ulong)view;
    }

    /// <summary>Where a tensor's elements are.</summary>
    /// <param name="tensor">The tensor.</param>
    public static void* Data(ulong tensor)
    {
        Torch.Require(GetData((nint)tensor, out void* data));
        return data;
    }

    /// <summary>target.copy_(source).</summary>
    public static void Copy(ulong target, ulong source) => Torch.Require(CopyTo((nint)target, (nint)source, 0));

    /// <summary>tensor.sqrt().</summary>
    public static ulong Sqrt(ulong tensor) => Invoke("aten::sqrt\0"u8, "\0"u8, Torch.Share(tensor));

    /// <summary>tensor.abs().</summary>
    public static ulong Abs(ulong tensor) => Invoke("aten::abs\0"u8, "\0"u8, Torch.Share(tensor));

    /// <summary>1 / tensor.</summary>
    public static ulong Reciprocal(ulong tensor) => Invoke("aten::reciprocal\0"u8, "\0"u8, Torch.Share(tensor));

    /// <summary>left * right.</summary>
    public static ulong Multiply(ulong left, ulong right) =>
        Invoke("aten::mul\0"u8, "Tensor\0"u8, Torch.Share(left), Torch.Share(right));

    /// <summary>tensor.max(dim=1).values.</summary>
    public static ulong MaxOfRows(ulong tensor)
    {
        Span<ulong> stack = [Torch.Share(tensor), 1, 0];
        Torch.Require(CallDispatcher("aten::max\0"u8, "dim\0"u8, stack, Torch.InterfaceVersion));
        Torch.Delete(stack[1]);
        return stack[0];
    }

    /// <summary>tensor.to(dtype).</summary>
    public static ulong To(ulong tensor, int dtype) =>
        Invoke("aten::to\0"u8, "dtype\0"u8, Torch.Share(tensor), (uint)dtype, 0, 0, 0);

    /// <summary>values[indices].</summary>
    public static ulong Index(ulong values, ulong indices)
    {
        // The list's element may be absent: the receiver frees the memory that says where it is.
        ulong* slot = (ulong*)NativeMemory.Alloc(sizeof(ulong));
        *slot = Torch.Share(indices);
        return Invoke("aten::index\0"u8, "Tensor\0"u8, Torch.Share(values), Torch.List((ulong)slot));
    }

    /// <summary>torch.bucketize(tensor, boundaries, out_int32=True).</summary>
    public static ulong Bucketize(ulong tensor, ulong boundaries) =>
        Invoke("aten::bucketize\0"u8, "Tensor\0"u8, Torch.Share(tensor), Torch.Share(boundaries), 1, 0);

    /// <summary>tensor * factor.</summary>
    public static ulong Multiply(ulong tensor, double factor)
    {
        ulong result = Undefined();
        _ = MulScalar((nint)result, (nint)tensor, First(factor));
        return result;
    }

    /// <summary>tensor / divisor.</summary>
    public static ulong Divide(ulong tensor, double divisor)
    {
        ulong result = Undefined();
        _ = DivScalar((nint)result, (nint)tensor, First(divisor));
        return result;
    }

    /// <summary>tensor.clamp(least, most).</summary>
    public static ulong Clamp(ulong tensor, double? least, double? most)
    {
        ulong result = Undefined();
        _ = ClampScalars((nint)result, (nint)tensor, First(least), Second(most));
        return result;
    }

    /// <summary>tensor.mul_(factor).</summary>
    public static void MultiplyInPlace(ulong tensor, double factor) => _ = MulInPlace((nint)tensor, First(factor));

    /// <summary>tensor.add_(addend).</summary>
    public static void AddInPlace(ulong tensor, double addend) => _ = AddScalarInPlace((nint)tensor, First(addend), Second(1));

    /// <summary>tensor.add_(addend, alpha=factor).</summary>
    public static void AddInPlace(ulong tensor, ulong addend, double factor) =>
        _ = AddTensorInPlace((nint)tensor, (nint)addend, First(factor));

    /// <summary>tensor.addcmul_(left, right, value=factor).</summary>
    public static void AddProductInPlace(ulong tensor, ulong left, ulong right, double factor) =>
        _ = AddcmulInPlace((nint)tensor, (nint)left, (nint)right, First(factor));

    /// <summary>tensor.addcdiv_(dividend, divisor, value=factor).</summary>
    public static void AddQuotientInPlace(ulong tensor, ulong dividend, ulong divisor, double factor) =>
        _ = AddcdivInPlace((nint)tensor, (nint)dividend, (nint)divisor, First(factor));

    /// <summary>Runs a function for parts of a range, on as many of libtorch's threads as may be used.</summary>
    /// <param name="end">The range begins at 0.</param>
    /// <param name="function">Gets the first and the end of a part, and the context.</param>
    /// <param name="context">For the function.</param>
    public static void ParallelFor(long end, delegate* unmanaged[Cdecl]<long, long, void*, void> function, void* context) =>
        Torch.Require(ParallelFor(0, end, 1, function, context));

    private static ulong Invoke(ReadOnlySpan<byte> name, ReadOnlySpan<byte> overload, params ReadOnlySpan<ulong> arguments)
    {
        Span<ulong> stack = stackalloc ulong[arguments.Length];
        arguments.CopyTo(stack);
        Torch.Require(CallDispatcher(name, overload, stack, Torch.InterfaceVersion));
        return stack[0];
    }

    /// <summary>A tensor that is none yet, for a C++ function to return one in its place.</summary>
    private static ulong Undefined()
    {
        Torch.Require(NewUninitialized(out nint tensor));
        return (ulong)tensor;
    }

    private static Scalar* First(double? value) => Put(value, _scalars);

    private static Scalar* Second(double? value) => Put(value, _scalars + 1);

    private static Scalar* Put(double? value, Scalar* scalar)
    {
        *scalar = new Scalar { Value = value.GetValueOrDefault(), IsPresent = value is not null };
        return scalar;
    }

    /// <summary>c10::Scalar, of a double, whose tag is 0; and std::optional of one, which has a flag behind it. They are aligned to 16
    /// bytes, which arguments on the stack of C# need not be.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 48)]
    private struct Scalar
    {
        [FieldOffset(0)]
        public int Tag;

        [FieldOffset(16)]
        public double Value;

        [FieldOffset(32)]
        public bool IsPresent;
    }

    [LibraryImport(Library, EntryPoint = "aoti_torch_dtype_float32")]
    private static partial int DTypeFloat32();

    [LibraryImport(Library, EntryPoint = "aoti_torch_dtype_uint8")]
    private static partial int DTypeUInt8();

    [LibraryImport(Library, EntryPoint = "aoti_torch_dtype_int32")]
    private static partial int DTypeInt32();

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

    [LibraryImport(Library, EntryPoint = "aoti_torch_empty_strided")]
    private static partial int CreateEmpty(
        long dimensions, long* sizes, long* strides, int dtype, int deviceType, int deviceIndex, out nint tensor);

    [LibraryImport(Library, EntryPoint = "aoti_torch__reinterpret_tensor")]
    private static partial int Reinterpret(
        nint tensor, long dimensions, long* sizes, long* strides, long storageOffset, out nint view);

    [LibraryImport(Library, EntryPoint = "aoti_torch_new_uninitialized_tensor")]
    private static partial int NewUninitialized(out nint tensor);

    [LibraryImport(Library, EntryPoint = "aoti_torch_get_data_ptr")]
    private static partial int GetData(nint tensor, out void* data);

    [LibraryImport(Library, EntryPoint = "aoti_torch_copy_")]
    private static partial int CopyTo(nint target, nint source, int nonBlocking);

    [LibraryImport(Library, EntryPoint = "torch_call_dispatcher")]
    private static partial int CallDispatcher(
        ReadOnlySpan<byte> name, ReadOnlySpan<byte> overload, Span<ulong> stack, ulong interfaceVersion);

    [LibraryImport(Library, EntryPoint = "torch_parallel_for")]
    private static partial int ParallelFor(
        long begin, long end, long grain, delegate* unmanaged[Cdecl]<long, long, void*, void> function, void* context);

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetAllocation(int parameter, int value);

    // What returns a tensor puts it where its first argument says; what works in place returns its first argument.
    [LibraryImport(Library, EntryPoint = "_ZN2at4_ops10mul_Scalar4callERKNS_6TensorERKN3c106ScalarE")]
    private static partial nint MulScalar(nint result, nint tensor, Scalar* factor);

    [LibraryImport(Library, EntryPoint = "_ZN2at4_ops10div_Scalar4callERKNS_6TensorERKN3c106ScalarE")]
    private static partial nint DivScalar(nint result, nint tensor, Scalar* divisor);

    [LibraryImport(Library, EntryPoint = "_ZN2at4_ops5clamp4callERKNS_6TensorERKSt8optionalIN3c106ScalarEESA_")]
    private static partial nint ClampScalars(nint result, nint tensor, Scalar* least, Scalar* most);

    [LibraryImport(Library, EntryPoint = "_ZN2at4_ops11mul__Scalar4callERNS_6TensorERKN3c106ScalarE")]
    private static partial nint MulInPlace(nint tensor, Scalar* factor);

    [LibraryImport(Library, EntryPoint = "_ZN2at4_ops11add__Scalar4callERNS_6TensorERKN3c106ScalarES7_")]
    private static partial nint AddScalarInPlace(nint tensor, Scalar* addend, Scalar* alpha);

    [LibraryImport(Library, EntryPoint = "_ZN2at4_ops11add__Tensor4callERNS_6TensorERKS2_RKN3c106ScalarE")]
    private static partial nint AddTensorInPlace(nint tensor, nint addend, Scalar* alpha);

    [LibraryImport(Library, EntryPoint = "_ZN2at4_ops8addcmul_4callERNS_6TensorERKS2_S5_RKN3c106ScalarE")]
    private static partial nint AddcmulInPlace(nint tensor, nint left, nint right, Scalar* value);

    [LibraryImport(Library, EntryPoint = "_ZN2at4_ops8addcdiv_4callERNS_6TensorERKS2_S5_RKN3c106ScalarE")]
    private static partial nint AddcdivInPlace(nint tensor, nint dividend, nint divisor, Scalar* value);
}

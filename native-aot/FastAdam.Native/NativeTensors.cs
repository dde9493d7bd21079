using System.Runtime.CompilerServices;
using FastAdam.Checks;
using FastAdam.Kernels;
using FastAdam.Steps;

namespace FastAdam.Native;

/// <summary>A list of fastadam_tensor.</summary>
internal readonly unsafe struct NativeTensors(void* first, nuint count) : IItems<OptimizerTensor>
{
    private readonly NativeList _list = new("tensors", first, count);

    public int Count => _list.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Read(int index, out OptimizerTensor item)
    {
        Unsafe.SkipInit(out NativeTensor tensor);
        if (!_list.HasSizeOf<NativeTensor>())
        {
            tensor = default;
        }

        _list.Read(index, NativeTensor.RequiredSize, ref tensor);
        var types = new StorageTypes(
            Type(tensor.ParamDtype),
            Type(tensor.GradDtype),
            Type(tensor.StateDtype0),
            Type(tensor.StateDtype1),
            Type(tensor.StateDtype2),
            Type(tensor.StateDtype3));
        if (tensor.RandomId > uint.MaxValue)
        {
            throw new Item("tensors", index).OutOfRange(Fault.Index, tensor.RandomId, "random_id must be below 2^32.");
        }

        // In place: a copy would wait for what has just been written in smaller pieces.
        item = default;
        OptimizerTensor.Set(ref item, types, tensor.Group, tensor.Step, tensor.Numbers, (uint)tensor.RandomId, tensor.FirstElement);
        ref UpdateArrays arrays = ref OptimizerTensor.ArraysOf(ref item);
        arrays.Parameters = (byte*)tensor.Param;
        arrays.Gradients = (byte*)tensor.Grad;
        arrays.FirstState = (byte*)tensor.State0;
        arrays.SecondState = (byte*)tensor.State1;
        arrays.ThirdState = (byte*)tensor.State2;
        arrays.FourthState = (byte*)tensor.State3;
        arrays.Length = tensor.N;
        if (!types.ArePlain)
        {
            arrays.Parts.Parameters = (byte*)tensor.ParamPart;
            arrays.Parts.FirstState = (byte*)tensor.StatePart0;
            arrays.Parts.SecondState = (byte*)tensor.StatePart1;
            arrays.Parts.ThirdState = (byte*)tensor.StatePart2;
            arrays.Parts.FourthState = (byte*)tensor.StatePart3;
        }
    }

    /// <exception cref="ArgumentOutOfRangeException">The dtype is none that is known.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ElementType Type(int dtype) => ElementTypes.IsKnown(dtype)
        ? (ElementType)dtype
        : throw Faults.OutOfRange(Fault.ElementType, "dtype", dtype, "A dtype is none of the storage types.");
}

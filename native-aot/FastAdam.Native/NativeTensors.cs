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
        NativeTensor tensor = default;
        _list.Read(index, NativeTensor.RequiredSize, ref tensor);
        var arrays = new UpdateArrays
        {
            Parameters = (byte*)tensor.Param,
            Gradients = (byte*)tensor.Grad,
            FirstState = (byte*)tensor.State0,
            SecondState = (byte*)tensor.State1,
            ThirdState = (byte*)tensor.State2,
            FourthState = (byte*)tensor.State3,
            Length = tensor.N,
            Parts = new ArrayParts
            {
                Parameters = (byte*)tensor.ParamPart,
                FirstState = (byte*)tensor.StatePart0,
                SecondState = (byte*)tensor.StatePart1,
                ThirdState = (byte*)tensor.StatePart2,
                FourthState = (byte*)tensor.StatePart3,
            },
        };
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

        item = new OptimizerTensor(arrays, types)
        {
            Group = tensor.Group,
            Step = tensor.Step,
            Numbers = tensor.Numbers,
            RandomId = (uint)tensor.RandomId,
            FirstElement = tensor.FirstElement,
        };
    }

    /// <exception cref="ArgumentOutOfRangeException">The dtype is none that is known.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ElementType Type(int dtype) => ElementTypes.IsKnown(dtype)
        ? (ElementType)dtype
        : throw Faults.OutOfRange(Fault.ElementType, "dtype", dtype, "A dtype is none of the storage types.");
}

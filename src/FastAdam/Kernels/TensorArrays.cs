using System.Runtime.CompilerServices;

namespace FastAdam.Kernels;

/// <summary>The arrays of a list of tensors, numbered by tensor * <see cref="PerTensor"/> + array, with the numbers of
/// <see cref="Streams"/>.</summary>
internal readonly unsafe ref struct TensorArrays(ReadOnlySpan<TensorWork> tensors) : IArrays
{
    public const int PerTensor = Streams.Count;

    private readonly ReadOnlySpan<TensorWork> _tensors = tensors;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nuint Start(int array)
    {
        (int tensor, int number) = Math.DivRem(array, PerTensor);
        return (nuint)_tensors[tensor].Streams[number];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nuint Bytes(int array)
    {
        (int tensor, int number) = Math.DivRem(array, PerTensor);
        ref readonly TensorWork work = ref _tensors[tensor];
        return IsNumber(work, number) ? sizeof(double) : work.Streams.Length * work.Key.Size(number);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ArrayUse Use(int array)
    {
        (int tensor, int number) = Math.DivRem(array, PerTensor);
        return number == Streams.GradientsNumber ? ArrayUse.Read
            : IsNumber(_tensors[tensor], number) ? ArrayUse.Number
            : ArrayUse.Written;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsNumber(in TensorWork work, int number) => number == Streams.Count - 1 && work.KeepsNumber;
}

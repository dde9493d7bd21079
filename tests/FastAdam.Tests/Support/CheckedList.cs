using FastAdam.Checks;
using FastAdam.Passes;

namespace FastAdam.Tests.Support;

/// <summary>A list of tensors as a step has it behind its checks.</summary>
internal ref struct CheckedList : IDisposable
{
    public TensorList Tensors;

    private ListOverlap _overlap;

    public CheckedList(ReadOnlySpan<TensorWork> works)
    {
        Tensors.Resize((nuint)works.Length);
        for (int i = 0; i < works.Length; i++)
        {
            Tensors.Set((nuint)i, works[i]);
        }

        TensorCheck.Arrays(ref Tensors, ref _overlap);
        Tensors.ReserveSums(ofGradients: true, ofParameters: true);
    }

    public void Dispose()
    {
        Tensors.Free();
        _overlap.Free();
    }
}

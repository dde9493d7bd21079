using System.Runtime.InteropServices;
using FastAdam.Benchmarks.Cases;
using FastAdam.Kernels;
using Torch = FastAdam.LibTorch.Tests.LibTorch;

namespace FastAdam.Benchmarks.Contenders;

/// <summary>libtorch's tensors over the arrays of a set, made once.</summary>
internal sealed unsafe class LibTorchTensors : IDisposable
{
    private readonly TensorSet _set;
    private readonly int _threads;
    private readonly int _stride;

    // As in PyTorch, each tensor has a number of its own of the step, in single precision.
    private readonly float* _steps;
    private long _step = 1;

    public LibTorchTensors(TensorSet set, Case measured)
    {
        _set = set;
        _threads = measured.Threads;
        _stride = measured.SameStep ? 0 : 1;
        ElementType type = measured.DType.Parameter;
        _steps = (float*)NativeMemory.Alloc((nuint)set.Tensors.Count, sizeof(float));
        Parameters = [.. set.Tensors.Select(tensor => Torch.Tensor(tensor.Parameters, tensor.Length, type))];
        Gradients = [.. set.Tensors.Select(tensor => Torch.Tensor(tensor.Gradients, tensor.Length, type))];
        ExpAvgs = [.. set.Tensors.Select(tensor => Torch.Tensor(tensor.ExpAvg, tensor.Length, type))];
        ExpAvgSqs = [.. set.Tensors.Select(tensor => Torch.Tensor(tensor.ExpAvgSq, tensor.Length, type))];
        Steps = [.. set.Tensors.Select((_, i) => Torch.Tensor(_steps + i, 1, ElementType.Float32))];
    }

    public static ParameterGroup Options => ParameterGroup.AdamW;

    public ulong[] Parameters { get; }

    public ulong[] Gradients { get; }

    public ulong[] ExpAvgs { get; }

    public ulong[] ExpAvgSqs { get; }

    public ulong[] Steps { get; }

    /// <summary>The operator wants all arrays in one storage type.</summary>
    /// <param name="dtype">The storage asked for.</param>
    public static bool Supports(DType dtype) => dtype is not Format && dtype.Parameter == dtype.State;

    /// <summary>Sets the number of threads, and that of the step: one for a turn, as counting is not the operator's.</summary>
    /// <param name="calls">The calls of the turn.</param>
    public void Begin(int calls)
    {
        Torch.SetThreadCount(_threads);
        new Span<float>(_steps, _set.Tensors.Count).Fill(_step);
        _step += (long)_stride * calls;
    }

    public void Dispose()
    {
        foreach (ulong tensor in (IEnumerable<ulong>)[.. Parameters, .. Gradients, .. ExpAvgs, .. ExpAvgSqs, .. Steps])
        {
            Torch.Delete(tensor);
        }

        NativeMemory.Free(_steps);
        _set.Dispose();
    }
}

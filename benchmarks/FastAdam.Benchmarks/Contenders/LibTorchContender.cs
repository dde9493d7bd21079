using System.Runtime.InteropServices;
using FastAdam.Benchmarks.Cases;
using FastAdam.Kernels;
using Torch = FastAdam.LibTorch.Tests.LibTorch;

namespace FastAdam.Benchmarks.Contenders;

/// <summary>
/// PyTorch's fused AdamW: one call of its dispatcher for all tensors. A call uses up the lists that it is given, so those of a whole
/// turn are made before it and cost libtorch nothing.
/// </summary>
internal sealed unsafe class LibTorchContender : IContender
{
    private readonly AdamOptions _options = AdamOptions.AdamW;
    private readonly TensorSet _set;
    private readonly int _threads;
    private readonly int _stride;

    // As in PyTorch, each tensor has a number of its own of the step, in single precision.
    private readonly float* _steps;
    private readonly ulong[] _parameters;
    private readonly ulong[] _gradients;
    private readonly ulong[] _expAvgs;
    private readonly ulong[] _expAvgSqs;
    private readonly ulong[] _stepTensors;

    private ulong[] _stacks = [];
    private int _next;
    private long _step = 1;

    public LibTorchContender(TensorSet set, Case measured)
    {
        _set = set;
        _threads = measured.Threads;
        _stride = measured.SameStep ? 0 : 1;
        ElementType type = measured.DType.Parameter;
        _steps = (float*)NativeMemory.Alloc((nuint)set.Tensors.Count, sizeof(float));
        _parameters = [.. set.Tensors.Select(tensor => Torch.Tensor(tensor.Parameters, tensor.Length, type))];
        _gradients = [.. set.Tensors.Select(tensor => Torch.Tensor(tensor.Gradients, tensor.Length, type))];
        _expAvgs = [.. set.Tensors.Select(tensor => Torch.Tensor(tensor.ExpAvg, tensor.Length, type))];
        _expAvgSqs = [.. set.Tensors.Select(tensor => Torch.Tensor(tensor.ExpAvgSq, tensor.Length, type))];
        _stepTensors = [.. set.Tensors.Select((_, i) => Torch.Tensor(_steps + i, 1, ElementType.Float32))];
    }

    /// <summary>The operator wants all arrays in one storage type.</summary>
    /// <param name="dtype">The storage asked for.</param>
    public static bool Supports(DType dtype) => dtype.Parameter == dtype.State;

    public void Begin(int calls)
    {
        Torch.SetThreadCount(_threads);

        // One number for the turn: counting it up is not the operator's business.
        new Span<float>(_steps, _set.Tensors.Count).Fill(_step);
        _step += (long)_stride * calls;
        _next = 0;
        _stacks = new ulong[calls * Torch.ArgumentCount];
        for (int call = 0; call < calls; call++)
        {
            Torch.PushArguments(
                Stack(call),
                List(_parameters),
                List(_gradients),
                List(_expAvgs),
                List(_expAvgSqs),
                List(_stepTensors),
                _options,
                gradScale: null);
        }
    }

    public void Run(int calls)
    {
        for (int call = 0; call < calls; call++)
        {
            Torch.FusedStep(_options.DecoupledWeightDecay, Stack(_next++));
        }
    }

    public void End()
    {
    }

    public void Dispose()
    {
        foreach (ulong tensor in (IEnumerable<ulong>)[.. _parameters, .. _gradients, .. _expAvgs, .. _expAvgSqs, .. _stepTensors])
        {
            Torch.Delete(tensor);
        }

        NativeMemory.Free(_steps);
        _set.Dispose();
    }

    private static ulong List(ulong[] tensors) => Torch.List(Array.ConvertAll(tensors, Torch.Share));

    private Span<ulong> Stack(int call) => _stacks.AsSpan(call * Torch.ArgumentCount, Torch.ArgumentCount);
}

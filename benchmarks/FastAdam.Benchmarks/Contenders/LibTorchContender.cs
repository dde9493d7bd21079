using Torch = FastAdam.LibTorch.Tests.LibTorch;

namespace FastAdam.Benchmarks.Contenders;

/// <summary>
/// PyTorch's fused AdamW through the C interface: one call of the dispatcher for all tensors. A call uses up the lists that it is
/// given, so those of a whole turn are made before it and cost libtorch nothing.
/// </summary>
internal sealed class LibTorchContender(LibTorchTensors tensors) : IContender
{
    private ulong[] _stacks = [];
    private int _next;

    public void Begin(int calls)
    {
        tensors.Begin(calls);
        _next = 0;
        _stacks = new ulong[calls * Torch.ArgumentCount];
        for (int call = 0; call < calls; call++)
        {
            Torch.PushAdam(
                Stack(call),
                List(tensors.Parameters),
                List(tensors.Gradients),
                List(tensors.ExpAvgs),
                List(tensors.ExpAvgSqs),
                Torch.List(),
                List(tensors.Steps),
                LibTorchTensors.Options,
                gradScale: null);
        }
    }

    public void Run(int calls)
    {
        for (int call = 0; call < calls; call++)
        {
            Torch.Call(Torch.FusedAdamW, Stack(_next++));
        }
    }

    public void End()
    {
    }

    public void Dispose() => tensors.Dispose();

    private static ulong List(ulong[] handles) => Torch.List(Array.ConvertAll(handles, Torch.Share));

    private Span<ulong> Stack(int call) => _stacks.AsSpan(call * Torch.ArgumentCount, Torch.ArgumentCount);
}

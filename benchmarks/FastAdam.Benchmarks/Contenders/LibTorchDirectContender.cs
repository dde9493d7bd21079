using static FastAdam.Benchmarks.LibTorch.FusedAdamWOperator;

namespace FastAdam.Benchmarks.Contenders;

/// <summary>PyTorch's fused AdamW as C++ programs call it, over lists of tensors that are made once.</summary>
internal sealed class LibTorchDirectContender(LibTorchTensors tensors) : IContender
{
    private readonly TorchTensors _parameters = new(tensors.Parameters);
    private readonly TorchTensors _gradients = new(tensors.Gradients);
    private readonly TorchTensors _expAvgs = new(tensors.ExpAvgs);
    private readonly TorchTensors _expAvgSqs = new(tensors.ExpAvgSqs);
    private readonly TorchTensors _steps = new(tensors.Steps);

    public void Begin(int calls) => tensors.Begin(calls);

    public void Run(int calls)
    {
        ParameterGroup options = LibTorchTensors.Options;
        for (int call = 0; call < calls; call++)
        {
            Call(_parameters, _gradients, _expAvgs, _expAvgSqs, _steps, options);
        }
    }

    public void End()
    {
    }

    public void Dispose() => tensors.Dispose();
}

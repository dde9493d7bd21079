using FastAdam.Benchmarks.Cases;

namespace FastAdam.Benchmarks.Contenders;

/// <summary>FastAdam as .NET programs call it: one tensor by pointers, several as a list.</summary>
internal sealed unsafe class FastAdamContender<TParameter, TState>(TensorSet set, Case measured) : IContender
    where TParameter : unmanaged
    where TState : unmanaged
{
    private readonly OptimizerTensor[] _tensors = [.. set.Tensors.Select(Create)];
    private readonly AdamOptions _options = AdamOptions.AdamW with { Threads = measured.Threads };
    private readonly int _stride = measured.SameStep ? 0 : 1;
    private long _step = 1;

    public void Begin(int calls)
    {
    }

    public void Run(int calls)
    {
        if (_tensors.Length == 1)
        {
            RunSingle(calls);
        }
        else
        {
            RunList(calls);
        }
    }

    public void End()
    {
    }

    public void Dispose() => set.Dispose();

    private static OptimizerTensor Create(Tensor tensor) => OptimizerTensor.Create(
        (TParameter*)tensor.Parameters,
        (TParameter*)tensor.Gradients,
        (TState*)tensor.ExpAvg,
        (TState*)tensor.ExpAvgSq,
        (nuint)tensor.Length);

    private void RunSingle(int calls)
    {
        Tensor tensor = set.Tensors[0];
        for (int call = 0; call < calls; call++, _step += _stride)
        {
            Adam.Step(
                (TParameter*)tensor.Parameters,
                (TParameter*)tensor.Gradients,
                (TState*)tensor.ExpAvg,
                (TState*)tensor.ExpAvgSq,
                (nuint)tensor.Length,
                _step,
                _options);
        }
    }

    private void RunList(int calls)
    {
        for (int call = 0; call < calls; call++, _step += _stride)
        {
            Adam.Step(_tensors, _step, _options);
        }
    }
}

using FastAdam.Benchmarks.Cases;

namespace FastAdam.Benchmarks.Contenders;

/// <summary>FastAdam as .NET programs call it: one tensor by its spans' way, several as a list.</summary>
internal sealed unsafe class FastAdamContender<TParameter, TState>(TensorSet set, Case measured) : IContender
    where TParameter : unmanaged
    where TState : unmanaged
{
    private readonly OptimizerTensor[] _tensors = [.. set.Tensors.Select(Create)];
    private readonly ParameterGroup[] _groups = [ParameterGroup.AdamW];
    private readonly StepOptions _options = new() { Threads = measured.Threads };
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
        (nuint)tensor.Length,
        FastAdam.TensorArray.Of((TParameter*)tensor.Parameters),
        FastAdam.TensorArray.Of((TParameter*)tensor.Gradients),
        FastAdam.TensorArray.Of((TState*)tensor.ExpAvg),
        FastAdam.TensorArray.Of((TState*)tensor.ExpAvgSq));

    private void RunSingle(int calls)
    {
        Tensor tensor = set.Tensors[0];
        for (int call = 0; call < calls; call++, _step += _stride)
        {
            Adam.Step(
                InstructionSets.Current,
                (TParameter*)tensor.Parameters,
                (TParameter*)tensor.Gradients,
                (TState*)tensor.ExpAvg,
                (TState*)tensor.ExpAvgSq,
                (nuint)tensor.Length,
                _step,
                _groups[0],
                _options.Threads);
        }
    }

    private void RunList(int calls)
    {
        for (int call = 0; call < calls; call++, _step += _stride)
        {
            Optimizer.Step(_tensors, _groups, _step, _options);
        }
    }
}

using FastAdam.Benchmarks.Cases;

namespace FastAdam.Benchmarks.Contenders;

/// <summary>FastAdam's other rules over tensors of floats, as .NET programs call them: all tensors as a list.</summary>
internal sealed unsafe class OptimizerContender : IContender
{
    private readonly TensorSet _set;
    private readonly OptimizerTensor[] _tensors;
    private readonly ParameterGroup[] _groups;
    private readonly StepOptions _options;

    // In the middle of a training, where RAdam has long begun to adapt.
    private long _step = 1000;

    public OptimizerContender(TensorSet set, Case measured)
    {
        _set = set;
        _groups = [measured.Work.Group];
        _options = new StepOptions { Threads = measured.Threads };
        _tensors = [.. set.Tensors.Select((tensor, i) => Create(tensor, set.Numbers + (i * Rules.TensorNumbers.Capacity)))];
        if (measured.Work.OnlyReadsGradients)
        {
            _options = _options with { MaxGradientNorm = 1, NonFiniteGradients = NonFiniteGradients.SkipStep };
            Tensor last = set.Tensors[^1];
            ((float*)last.Gradients)[last.Length - 1] = float.NaN;
        }
    }

    public void Begin(int calls)
    {
    }

    public void Run(int calls)
    {
        for (int call = 0; call < calls; call++)
        {
            Optimizer.Step(_tensors, _groups, _step++, _options);
        }
    }

    public void End()
    {
    }

    public void Dispose() => _set.Dispose();

    private static OptimizerTensor Create(Tensor tensor, double* numbers) => OptimizerTensor.Create(
        (nuint)tensor.Length,
        (float*)tensor.Parameters,
        (float*)tensor.Gradients,
        (float*)tensor.ExpAvg,
        (float*)tensor.ExpAvgSq,
        (float*)tensor.Third,
        (float*)tensor.Fourth) with
    { Numbers = numbers };
}

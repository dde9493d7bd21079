using FastAdam.Benchmarks.Cases;
using FastAdam.Kernels;

namespace FastAdam.Benchmarks.Contenders;

/// <summary>FastAdam over a tensor in a format, as .NET programs call it.</summary>
internal sealed unsafe class FormatContender(FormatSet set, Case measured) : IContender
{
    private readonly OptimizerTensor[] _tensors = [Create(set)];
    private readonly ParameterGroup[] _groups = [ParameterGroup.AdamW];
    private readonly StepOptions _options = new() { Threads = measured.Threads };
    private long _step = 1;

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

    public void Dispose() => set.Dispose();

    private static OptimizerTensor Create(FormatSet set) => OptimizerTensor.Create(
        (nuint)set.Tensor.Length,
        Parameters(set),
        Plain(set.Tensor.Gradients, set.Format.Gradient),
        Moment(set.Tensor.ExpAvg, set.Tensor.ExpAvgScales, set.Format),
        Moment(set.Tensor.ExpAvgSq, set.Tensor.ExpAvgSqScales, set.Format));

    private static FastAdam.TensorArray Parameters(FormatSet set)
    {
        byte* first = set.Tensor.Parameters;
        byte* second = set.Tensor.Second;
        return set.Format.Storage switch
        {
            ParameterStorage.Float32 => (float*)first,
            ParameterStorage.Split => FastAdam.TensorArray.Split((BFloat16*)first, (ushort*)second),
            ParameterStorage.WithCopy => FastAdam.TensorArray.WithCopy((float*)first, (BFloat16*)second),
            ParameterStorage.Stochastic => FastAdam.TensorArray.Stochastic((BFloat16*)first),
            _ => throw new ArgumentOutOfRangeException(nameof(set)),
        };
    }

    private static FastAdam.TensorArray Moment(byte* values, float* scales, Format format) =>
        format.Moment is { } type ? Plain(values, type) : FastAdam.TensorArray.Block8(values, scales);

    private static FastAdam.TensorArray Plain(byte* values, ElementType type) =>
        type == ElementType.Float32 ? (float*)values : (BFloat16*)values;
}

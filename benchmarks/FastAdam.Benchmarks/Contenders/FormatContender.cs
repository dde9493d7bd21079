using FastAdam.Benchmarks.Cases;

namespace FastAdam.Benchmarks.Contenders;

/// <summary>FastAdam over a tensor in a format, as .NET programs call it.</summary>
internal sealed unsafe class FormatContender(FormatSet set, Case measured) : IContender
{
    private readonly OptimizerTensor[] _tensors = [Create(set)];
    private readonly ParameterGroup[] _groups = [ParameterGroup.AdamW];
    private readonly StepOptions _options = new() { Threads = measured.Threads };
    private long _step = 1;

    /// <summary>Whether the library has the formats.</summary>
    public static bool IsAvailable => false;

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
        set.Format.Gradient == Kernels.ElementType.Float32
            ? FastAdam.TensorArray.Of((float*)set.Tensor.Gradients)
            : FastAdam.TensorArray.Of((BFloat16*)set.Tensor.Gradients),
        Moment(set, set.Tensor.ExpAvg, set.Tensor.ExpAvgScales),
        Moment(set, set.Tensor.ExpAvgSq, set.Tensor.ExpAvgSqScales));

    private static TensorArray Parameters(FormatSet set) => set.Format.Storage switch
    {
        ParameterStorage.Float32 => FastAdam.TensorArray.Of((float*)set.Tensor.Parameters),
        _ => throw new NotSupportedException(),
    };

    private static TensorArray Moment(FormatSet set, byte* values, float* scales) => set.Format.Moment switch
    {
        Kernels.ElementType.Float32 => FastAdam.TensorArray.Of((float*)values),
        Kernels.ElementType.BFloat16 => FastAdam.TensorArray.Of((BFloat16*)values),
        _ => throw new NotSupportedException(),
    };
}

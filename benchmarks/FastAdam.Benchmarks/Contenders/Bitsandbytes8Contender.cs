using FastAdam.Benchmarks.Bitsandbytes;
using FastAdam.Benchmarks.Cases;
using Torch = FastAdam.LibTorch.Tests.LibTorch;

namespace FastAdam.Benchmarks.Contenders;

/// <summary>AdamW in 8 bits as bitsandbytes computes it on CPUs.</summary>
internal sealed unsafe class Bitsandbytes8Contender(FormatSet set, Case measured, BlockConversion conversion) : IContender
{
    private readonly BlockwiseAdamW _adam = new(
        conversion,
        (float*)set.Tensor.Parameters,
        (float*)set.Tensor.Gradients,
        set.Tensor.ExpAvg,
        set.Tensor.ExpAvgScales,
        set.Tensor.ExpAvgSq,
        set.Tensor.ExpAvgSqScales,
        set.Tensor.Length);

    private long _step = 1;

    public static bool Supports(Case measured) => measured.DType == Format.Block8 && measured.Length % BlockConversion.Block == 0;

    public void Begin(int calls) => Torch.SetThreadCount(measured.Threads);

    public void Run(int calls)
    {
        for (int call = 0; call < calls; call++)
        {
            _adam.Step(_step++, ParameterGroup.AdamW);
        }
    }

    public void End()
    {
    }

    public void Dispose()
    {
        _adam.Dispose();
        set.Dispose();
    }
}

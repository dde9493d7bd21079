using FastAdam.Codecs;
using static FastAdam.Benchmarks.LibTorch.TensorOperators;
using Torch = FastAdam.LibTorch.Tests.LibTorch;

namespace FastAdam.Benchmarks.Bitsandbytes;

/// <summary>
/// AdamW with moments in 8 bits as bitsandbytes' CPU backend computes it (optimizer_update_8bit_blockwise): both moments become tensors
/// in single precision, libtorch's operators update these and the parameters, one after the other, and the moments become 8 bits again.
/// </summary>
internal sealed unsafe class BlockwiseAdamW : IDisposable
{
    private readonly BlockConversion _conversion;
    private readonly ulong _parameters;
    private readonly ulong _gradients;
    private readonly Moment _expAvg;
    private readonly Moment _expAvgSq;

    /// <param name="conversion">How the moments are converted.</param>
    /// <param name="parameters">An array.</param>
    /// <param name="gradients">An array.</param>
    /// <param name="expAvg">The first moment's codes.</param>
    /// <param name="expAvgScales">Its scales.</param>
    /// <param name="expAvgSq">The second moment's codes.</param>
    /// <param name="expAvgSqScales">Its scales.</param>
    /// <param name="length">Elements, of whole blocks.</param>
    public BlockwiseAdamW(
        BlockConversion conversion,
        float* parameters,
        float* gradients,
        byte* expAvg,
        float* expAvgScales,
        byte* expAvgSq,
        float* expAvgSqScales,
        long length)
    {
        _conversion = conversion;
        _parameters = Over(parameters, length, Float32);
        _gradients = Over(gradients, length, Float32);
        _expAvg = new Moment(expAvg, expAvgScales, length, DynamicMap.Signed);
        _expAvgSq = new Moment(expAvgSq, expAvgSqScales, length, DynamicMap.Unsigned);
    }

    /// <summary>Makes a step.</summary>
    /// <param name="step">Its number, from 1.</param>
    /// <param name="group">The hyperparameters.</param>
    public void Step(long step, ParameterGroup group)
    {
        const double GradientScale = 1;

        double correction = 1 - Math.Pow(group.Beta1, step);
        double correctionSq = Math.Sqrt(1 - Math.Pow(group.Beta2, step));
        using var scope = new Scope();
        ulong expAvg = scope.Of(_conversion.Dequantize(_expAvg));
        ulong expAvgSq = scope.Of(_conversion.Dequantize(_expAvgSq));
        ulong gradients = scope.Of(Multiply(_gradients, GradientScale));
        MultiplyInPlace(expAvg, group.Beta1);
        AddInPlace(expAvg, gradients, 1 - group.Beta1);
        MultiplyInPlace(expAvgSq, group.Beta2);
        AddProductInPlace(expAvgSq, gradients, gradients, 1 - group.Beta2);
        ulong divisor = scope.Of(Divide(scope.Of(Sqrt(expAvgSq)), correctionSq));
        AddInPlace(divisor, group.Epsilon);
        MultiplyInPlace(_parameters, 1 - (group.LearningRate * group.WeightDecay));
        AddQuotientInPlace(_parameters, expAvg, divisor, -group.LearningRate / correction);
        _conversion.Quantize(expAvg, _expAvg);
        _conversion.Quantize(expAvgSq, _expAvgSq);
    }

    public void Dispose()
    {
        Torch.Delete(_parameters);
        Torch.Delete(_gradients);
        _expAvg.Dispose();
        _expAvgSq.Dispose();
    }
}

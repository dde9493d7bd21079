using System.Numerics.Tensors;
using FastAdam.Benchmarks.Cases;

namespace FastAdam.Benchmarks.Contenders;

/// <summary>
/// AdamW by System.Numerics.Tensors, a pass over the arrays for each operation, by one thread. Half precision is widened to arrays
/// of single precision and back; for bfloat16 .NET 10 has no conversions.
/// </summary>
internal sealed unsafe class TensorPrimitivesContender : IContender
{
    private readonly ParameterGroup _options = ParameterGroup.AdamW;
    private readonly TensorSet _set;
    private readonly int _length;
    private readonly float[] _temporary;
    private readonly float[][] _wide;
    private long _step = 1;

    public TensorPrimitivesContender(TensorSet set)
    {
        _set = set;
        _length = checked((int)set.Tensors[0].Length);
        _temporary = new float[_length];
        _wide = set.DType == DType.F16 ? [.. Enumerable.Range(0, 4).Select(_ => new float[_length])] : [];
    }

    /// <summary>Whether it has conversions for this storage.</summary>
    /// <param name="dtype">The storage asked for.</param>
    public static bool Supports(DType dtype) => dtype == DType.F32 || dtype == DType.F16;

    public void Begin(int calls)
    {
    }

    public void Run(int calls)
    {
        Tensor tensor = _set.Tensors[0];
        for (int call = 0; call < calls; call++, _step++)
        {
            if (_wide.Length == 0)
            {
                Step(
                    Array<float>(tensor.Parameters),
                    Array<float>(tensor.Gradients),
                    Array<float>(tensor.ExpAvg),
                    Array<float>(tensor.ExpAvgSq));
            }
            else
            {
                StepHalf(tensor);
            }
        }
    }

    public void End()
    {
    }

    public void Dispose() => _set.Dispose();

    private Span<T> Array<T>(byte* start)
        where T : unmanaged => new(start, _length);

    private void StepHalf(Tensor tensor)
    {
        TensorPrimitives.ConvertToSingle(Array<Half>(tensor.Parameters), _wide[0]);
        TensorPrimitives.ConvertToSingle(Array<Half>(tensor.Gradients), _wide[1]);
        TensorPrimitives.ConvertToSingle(Array<Half>(tensor.ExpAvg), _wide[2]);
        TensorPrimitives.ConvertToSingle(Array<Half>(tensor.ExpAvgSq), _wide[3]);
        Step(_wide[0], _wide[1], _wide[2], _wide[3]);
        TensorPrimitives.ConvertToHalf(_wide[0], Array<Half>(tensor.Parameters));
        TensorPrimitives.ConvertToHalf(_wide[2], Array<Half>(tensor.ExpAvg));
        TensorPrimitives.ConvertToHalf(_wide[3], Array<Half>(tensor.ExpAvgSq));
    }

    private void Step(Span<float> p, ReadOnlySpan<float> g, Span<float> m, Span<float> v)
    {
        Span<float> t = _temporary;
        float beta1 = (float)_options.Beta1;
        float beta2 = (float)_options.Beta2;
        float stepSize = (float)(_options.LearningRate / (1 - Math.Pow(_options.Beta1, _step)));
        float rootCorrection = (float)Math.Sqrt(1 - Math.Pow(_options.Beta2, _step));

        TensorPrimitives.Multiply(p, (float)(1 - (_options.LearningRate * _options.WeightDecay)), p);
        TensorPrimitives.Multiply(m, beta1, m);
        TensorPrimitives.MultiplyAdd(g, 1 - beta1, m, m);
        TensorPrimitives.Multiply(v, beta2, v);
        TensorPrimitives.Multiply(g, g, t);
        TensorPrimitives.MultiplyAdd(t, 1 - beta2, v, v);
        TensorPrimitives.Sqrt(v, t);
        TensorPrimitives.Divide(t, rootCorrection, t);
        TensorPrimitives.Add(t, (float)_options.Epsilon, t);
        TensorPrimitives.Divide(m, t, t);
        TensorPrimitives.MultiplyAdd(t, -stepSize, p, p);
    }
}

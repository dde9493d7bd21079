using FastAdam.Kernels;
using FastAdam.Tests.Support;

namespace FastAdam.Tests.Reference;

/// <summary>
/// The operations of src/NUMERICS.md, one after another on single numbers, in plain C#: what every kernel must give to the bit.
/// It shares no code with the library.
/// </summary>
internal sealed class ContractAdam
{
    private const float SmallestNormal = 1.17549435e-38f;

    private readonly AdamOptions _options;
    private readonly float _ss;
    private readonly float _sq;
    private readonly float _w;
    private readonly float _c;
    private readonly float _b2;
    private readonly float _e;
    private readonly float _dec;
    private readonly float _l2;

    public ContractAdam(in AdamOptions options, long step)
    {
        _options = options;
        double bc1 = 1 - Math.Pow(options.Beta1, step);
        double bc2 = 1 - Math.Pow(options.Beta2, step);
        _ss = -(float)(options.LearningRate / bc1);
        _sq = (float)Math.Sqrt(bc2);
        _w = (float)(1 - options.Beta1);
        _c = (float)(1 - options.Beta2);
        _b2 = (float)options.Beta2;
        _e = (float)options.Epsilon;
        _dec = (float)Math.FusedMultiplyAdd(-options.LearningRate, options.WeightDecay, 1);
        _l2 = (float)options.WeightDecay;
    }

    /// <summary>One element: p, m and v as they are to be rounded to storage.</summary>
    public (float P, float M, float V) Step(float p, float g, float m, float v)
    {
        if (_options.GradientScale != 1)
        {
            g /= (float)_options.GradientScale;
        }

        if (_options.Maximize)
        {
            g = -g;
        }

        if (_options.DecoupledWeightDecay)
        {
            p *= _dec;
        }
        else if (_options.WeightDecay != 0)
        {
            g = MathF.FusedMultiplyAdd(p, _l2, g);
        }

        m = MathF.Abs(_w) < 0.5f
            ? MathF.FusedMultiplyAdd(_w, g - m, m)
            : MathF.FusedMultiplyAdd(_w - 1, g - m, g);
        v = MathF.FusedMultiplyAdd(_c * g, g, _b2 * v);
        float d = (MathF.Sqrt(v) / _sq) + _e;
        p += _ss * m / d;
        return (p, Stored(m), Stored(v));
    }

    /// <summary>Steps all elements of the arrays.</summary>
    public void Step(in KernelKey key, TestArrays arrays)
    {
        for (int i = 0; i < arrays.Length; i++)
        {
            (float p, float m, float v) = Step(
                Storage.Read(arrays.Array(0), key.Parameters, i),
                Storage.Read(arrays.Array(1), key.Gradients, i),
                Storage.Read(arrays.Array(2), key.ExpAvg, i),
                Storage.Read(arrays.Array(3), key.ExpAvgSq, i));
            Storage.Write(arrays.Array(0), key.Parameters, i, p);
            Storage.Write(arrays.Array(2), key.ExpAvg, i, m);
            Storage.Write(arrays.Array(3), key.ExpAvgSq, i, v);
        }
    }

    private float Stored(float moment) =>
        _options.Subnormals == Subnormals.Flush && MathF.Abs(moment) < SmallestNormal ? MathF.CopySign(0, moment) : moment;
}

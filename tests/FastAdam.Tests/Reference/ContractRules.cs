using FastAdam.Kernels;
using FastAdam.Tests.Support;

namespace FastAdam.Tests.Reference;

/// <summary>One element and its state.</summary>
internal record struct Element(float P, float G, float M, float V, float X);

/// <summary>
/// The operations of src/NUMERICS.md, one after another on single numbers, in plain C#: what every kernel must give to the bit.
/// It shares no code with the library.
/// </summary>
internal sealed class ContractRules
{
    private const float SmallestNormal = 1.17549435e-38f;

    private readonly OptimizerOptions _options;
    private readonly float _clipCoefficient;
    private readonly Func<Element, Element> _rule;

    /// <param name="options">The hyperparameters.</param>
    /// <param name="step">t.</param>
    /// <param name="clipCoefficient">What the gradients are multiplied by for their norm.</param>
    /// <param name="momentumProduct">NAdam's before the step.</param>
    public ContractRules(in OptimizerOptions options, long step, float clipCoefficient = 1, double momentumProduct = 1)
    {
        _options = options;
        _clipCoefficient = clipCoefficient;
        _rule = options.Rule switch
        {
            OptimizerRule.Adam => Adam(options, step),
            OptimizerRule.NAdam => NAdam(options, step, momentumProduct),
            OptimizerRule.RAdam => RAdam(options, step),
            OptimizerRule.AdaMax => AdaMax(options, step),
            OptimizerRule.Sgd => Sgd(options, step),
            OptimizerRule.AdaGrad => AdaGrad(options, step),
            OptimizerRule.RmsProp => RmsProp(options),
            OptimizerRule.Lion => Lion(options),
            _ => throw new NotSupportedException($"{options.Rule} has no operations to be compared with: add them to {nameof(ContractRules)}."),
        };
    }

    /// <summary>One element after the step: its parameter and state as they are to be rounded to storage.</summary>
    public Element Step(Element element)
    {
        float g = element.G;
        float p = element.P;
        if (_options.DecoupledWeightDecay)
        {
            p *= (float)Math.FusedMultiplyAdd(-_options.LearningRate, _options.WeightDecay, 1);
        }

        g /= (float)_options.GradientScale;
        g *= _clipCoefficient;
        float limit = (float)_options.MaxGradientValue;
        g = g > limit ? limit : g < -limit ? -limit : g;
        if (_options.Maximize)
        {
            g = -g;
        }

        if (!_options.DecoupledWeightDecay && _options.WeightDecay != 0)
        {
            g = MathF.FusedMultiplyAdd(p, (float)_options.WeightDecay, g);
        }

        Element after = _rule(element with { P = p, G = g });
        return after with { M = Stored(after.M), V = Stored(after.V), X = Stored(after.X) };
    }

    /// <summary>Steps all elements of the arrays.</summary>
    public void Step(in KernelKey key, TestArrays arrays)
    {
        float[] values = new float[Streams.Count];
        for (int i = 0; i < arrays.Length; i++)
        {
            for (int array = 0; array < Streams.Count; array++)
            {
                values[array] = key.Has(array) ? Storage.Read(arrays.Array(array), key.Type(array), i) : 0;
            }

            Element after = Step(new Element(values[0], values[1], values[2], values[3], values[4]));
            (values[0], values[2], values[3], values[4]) = (after.P, after.M, after.V, after.X);
            for (int array = 0; array < Streams.Count; array++)
            {
                if (key.Has(array) && array != Streams.GradientsNumber)
                {
                    Storage.Write(arrays.Array(array), key.Type(array), i, values[array]);
                }
            }
        }
    }

    private static Func<Element, Element> Adam(OptimizerOptions options, long step)
    {
        float ss = -(float)(options.LearningRate / (1 - Math.Pow(options.Beta1, step)));
        float sq = (float)Math.Sqrt(1 - Math.Pow(options.Beta2, step));
        float eps = (float)options.Epsilon;
        return e =>
        {
            float m = Lerp(e.M, e.G, options.Beta1);
            float v = MeanSquare(e.V, e.G, options.Beta2);
            float x = options.AmsGrad ? Larger(e.X, v) : 0;
            float d = (MathF.Sqrt(options.AmsGrad ? x : v) / sq) + eps;
            return e with { P = e.P + (ss * m / d), M = m, V = v, X = x };
        };
    }

    private static Func<Element, Element> NAdam(OptimizerOptions options, long step, double momentumProduct)
    {
        double mu = options.Beta1 * (1 - (0.5 * Math.Pow(0.96, step * options.MomentumDecay)));
        double next = options.Beta1 * (1 - (0.5 * Math.Pow(0.96, (step + 1.0) * options.MomentumDecay)));
        double product = momentumProduct * mu;
        float gradientStep = (float)(-options.LearningRate * (1 - mu) / (1 - product));
        float momentStep = (float)(-options.LearningRate * next / (1 - (product * next)));
        float sq = (float)Math.Sqrt(1 - Math.Pow(options.Beta2, step));
        float eps = (float)options.Epsilon;
        return e =>
        {
            float m = Lerp(e.M, e.G, options.Beta1);
            float v = MeanSquare(e.V, e.G, options.Beta2);
            float d = (MathF.Sqrt(v) / sq) + eps;
            return e with { P = e.P + (MathF.FusedMultiplyAdd(momentStep, m, gradientStep * e.G) / d), M = m, V = v };
        };
    }

    private static Func<Element, Element> RAdam(OptimizerOptions options, long step)
    {
        double power = Math.Pow(options.Beta2, step);
        double rho = (2 / (1 - options.Beta2)) - 1;
        double rhoT = rho - (2.0 * step * power / (1 - power));
        double rect = rhoT > 5
            ? Math.Sqrt((rhoT - 4) * (rhoT - 2) * rho / ((rho - 4) * (rho - 2) * rhoT)) * Math.Sqrt(1 - power)
            : 1;
        float stepSize = (float)(-options.LearningRate / (1 - Math.Pow(options.Beta1, step)) * rect);
        float eps = (float)options.Epsilon;
        return e =>
        {
            float m = Lerp(e.M, e.G, options.Beta1);
            float v = MeanSquare(e.V, e.G, options.Beta2);
            float update = stepSize * m;
            return e with { P = e.P + (rhoT > 5 ? update / (MathF.Sqrt(v) + eps) : update), M = m, V = v };
        };
    }

    private static Func<Element, Element> AdaMax(OptimizerOptions options, long step)
    {
        float stepSize = (float)(-options.LearningRate / (1 - Math.Pow(options.Beta1, step)));
        return e =>
        {
            float m = Lerp(e.M, e.G, options.Beta1);
            float u = Larger((float)options.Beta2 * e.V, MathF.Abs(e.G) + (float)options.Epsilon);
            return e with { P = e.P + (stepSize * m / u), M = m, V = u };
        };
    }

    private static Func<Element, Element> Sgd(OptimizerOptions options, long step)
    {
        float stepSize = (float)-options.LearningRate;
        float momentum = (float)options.Momentum;
        float weight = (float)(1 - options.Dampening);
        if (options.Momentum == 0)
        {
            return e => e with { P = MathF.FusedMultiplyAdd(e.G, stepSize, e.P) };
        }

        return e =>
        {
            float buffer = step == 1 ? e.G : MathF.FusedMultiplyAdd(e.G, weight, momentum * e.M);
            float direction = options.Nesterov ? MathF.FusedMultiplyAdd(buffer, momentum, e.G) : buffer;
            return e with { P = MathF.FusedMultiplyAdd(direction, stepSize, e.P), M = buffer };
        };
    }

    private static Func<Element, Element> AdaGrad(OptimizerOptions options, long step)
    {
        float rate = (float)(options.LearningRate / Math.FusedMultiplyAdd(step - 1, options.LearningRateDecay, 1));
        return e =>
        {
            float sum = MathF.FusedMultiplyAdd(e.G, e.G, e.V);
            return e with { P = e.P - (rate * e.G / (MathF.Sqrt(sum) + (float)options.Epsilon)), V = sum };
        };
    }

    private static Func<Element, Element> RmsProp(OptimizerOptions options)
    {
        float stepSize = (float)-options.LearningRate;
        return e =>
        {
            float square = MeanSquare(e.V, e.G, options.Beta2);
            float mean = options.Centered ? Lerp(e.X, e.G, options.Beta2) : 0;
            float variance = options.Centered ? MathF.FusedMultiplyAdd(-mean, mean, square) : square;
            float d = MathF.Sqrt(variance < 0 ? 0 : variance) + (float)options.Epsilon;
            if (options.Momentum == 0)
            {
                return e with { P = e.P + (stepSize * e.G / d), V = square, X = mean };
            }

            float buffer = MathF.FusedMultiplyAdd((float)options.Momentum, e.M, e.G / d);
            return e with { P = MathF.FusedMultiplyAdd(stepSize, buffer, e.P), M = buffer, V = square, X = mean };
        };
    }

    private static Func<Element, Element> Lion(OptimizerOptions options)
    {
        float stepSize = (float)-options.LearningRate;
        return e =>
        {
            float c = Lerp(e.M, e.G, options.Beta1);
            float sign = c > 0 ? 1 : c < 0 ? -1 : c;
            return e with { P = MathF.FusedMultiplyAdd(stepSize, sign, e.P), M = Lerp(e.M, e.G, options.Beta2) };
        };
    }

    private static float Lerp(float start, float end, double decayRate)
    {
        float w = (float)(1 - decayRate);
        return MathF.Abs(w) < 0.5f
            ? MathF.FusedMultiplyAdd(w, end - start, start)
            : MathF.FusedMultiplyAdd(w - 1, end - start, end);
    }

    private static float MeanSquare(float v, float g, double decayRate) =>
        MathF.FusedMultiplyAdd((float)(1 - decayRate) * g, g, (float)decayRate * v);

    private static float Larger(float left, float right) =>
        float.IsNaN(left) || float.IsNaN(right) ? float.NaN : left > right ? left : right;

    private float Stored(float state) =>
        _options.Subnormals == Subnormals.Flush && MathF.Abs(state) < SmallestNormal ? MathF.CopySign(0, state) : state;
}

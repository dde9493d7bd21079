using FastAdam.Kernels;
using FastAdam.Tests.Support;

namespace FastAdam.Tests.Reference;

/// <summary>One element and its state, in the rule's order of arrays; 0 where it keeps none.</summary>
internal record struct Element(float P, float G, float S0, float S1, float S2, float S3 = 0);

/// <summary>
/// The operations of src/NUMERICS.md, one after another on single numbers, in plain C#: what every kernel must give to the bit.
/// It shares no code with the library.
/// </summary>
internal sealed class ContractRules
{
    private const float SmallestNormal = 1.17549435e-38f;

    private readonly ParameterGroup _group;
    private readonly float _scale;
    private readonly float _clipCoefficient;
    private readonly float _parameterDecay;
    private readonly Func<Element, Element> _rule;

    /// <param name="group">The hyperparameters.</param>
    /// <param name="step">t.</param>
    /// <param name="clipCoefficient">What the gradients are multiplied by for their norm.</param>
    /// <param name="numbers">The tensor's numbers before the step; null for those before the first.</param>
    public ContractRules(in ParameterGroup group, long step, double clipCoefficient = 1, double[]? numbers = null)
    {
        _group = group;
        _parameterDecay = ParameterDecay(group, step);
        Numbers = [.. numbers ?? RuleFacts.Of(group.Rule).InitialNumbers()];

        // Single precision holds the coefficient's power of two only from 2^-126 on: what is below joins the scale, as far as that
        // stays finite.
        double scale = (float)group.GradientScale;
        int missing = clipCoefficient is > 0 and < SmallestNormal ? -126 - Math.ILogB(clipCoefficient) : 0;
        int moved = Math.Max(Math.Min(missing, 127 - Math.ILogB(scale)), 0);
        _scale = (float)Math.ScaleB(scale, moved);
        _clipCoefficient = (float)Math.ScaleB(clipCoefficient, moved);
        _rule = group.Rule switch
        {
            OptimizerRule.Adam => Adam(group, step),
            OptimizerRule.NAdam => NAdam(group, step, Numbers),
            OptimizerRule.RAdam => RAdam(group, step),
            OptimizerRule.AdaMax => AdaMax(group, step),
            OptimizerRule.Sgd => Sgd(group, step),
            OptimizerRule.AdaGrad => AdaGrad(group, step),
            OptimizerRule.RmsProp => RmsProp(group),
            OptimizerRule.Lion => Lion(group),
            OptimizerRule.AdEmaMix => AdEmaMix(group, step),
            OptimizerRule.Adopt => Adopt(group, step),
            OptimizerRule.ScheduleFree => ScheduleFree(group, step, Numbers),
            OptimizerRule.Adan => Adan(group, step),
            OptimizerRule.AdaDelta => AdaDelta(group),
            _ => throw new NotSupportedException(
                $"{group.Rule} has no operations to be compared with: add them to {nameof(ContractRules)}."),
        };
    }

    /// <summary>The tensor's numbers after the step.</summary>
    public double[] Numbers { get; }

    /// <summary>One element after the step: its parameter and state as they are to be rounded to storage.</summary>
    public Element Step(Element element)
    {
        Element after = _rule(Prepare(element));
        return after with { S0 = Stored(after.S0), S1 = Stored(after.S1), S2 = Stored(after.S2), S3 = Stored(after.S3) };
    }

    /// <summary>What of the group and the step a parameter is multiplied by.</summary>
    public float ParameterDecayOfStep => _group.DecoupledWeightDecay || HasOwnWeightDecay(_group.Rule) ? _parameterDecay : 1;

    /// <summary>One element as the rule is to see it: the parameter decayed, the gradient scaled, clipped and so on.</summary>
    public Element Prepare(Element element)
    {
        float g = element.G;
        float p = element.P;
        bool isCoupled = !_group.DecoupledWeightDecay && !HasOwnWeightDecay(_group.Rule);
        if (!isCoupled)
        {
            p *= _parameterDecay;
        }

        g /= _scale;
        g *= _clipCoefficient;
        float limit = (float)_group.MaxGradientValue;
        g = g > limit ? limit : g < -limit ? -limit : g;
        if (_group.Maximize)
        {
            g = -g;
        }

        if (isCoupled && _group.WeightDecay != 0)
        {
            g = MathF.FusedMultiplyAdd(p, (float)_group.WeightDecay, g);
        }

        return element with { P = p, G = g };
    }

    /// <summary>A number of state as it is to be rounded to storage.</summary>
    public float StoredState(float value) => Stored(value);

    /// <summary>Steps all elements of the arrays.</summary>
    public void Step(in KernelKey key, TestArrays arrays)
    {
        float[] values = new float[ArrayRoles.Count];
        for (int i = 0; i < arrays.Length; i++)
        {
            for (ArrayRole role = 0; (int)role < ArrayRoles.Count; role++)
            {
                values[(int)role] = key.Has(role) ? Storage.Read(arrays.Array(role), key.Types[role], i) : 0;
            }

            Element after = Step(new Element(values[0], values[1], values[2], values[3], values[4], values[5]));
            ReadOnlySpan<float> written = [after.P, 0, after.S0, after.S1, after.S2, after.S3];
            for (ArrayRole role = 0; (int)role < ArrayRoles.Count; role++)
            {
                if (key.Has(role) && role != ArrayRole.Gradients)
                {
                    Storage.Write(arrays.Array(role), key.Types[role], i, written[(int)role]);
                }
            }
        }
    }

    private static Func<Element, Element> Adam(ParameterGroup group, long step)
    {
        float ss = -(float)(group.LearningRate / (1 - Math.Pow(group.Beta1, step)));
        float sq = (float)Math.Sqrt(1 - Math.Pow(group.Beta2, step));
        float eps = (float)group.Epsilon;
        return e =>
        {
            float m = Lerp(e.S0, e.G, group.Beta1);
            float v = MeanSquare(e.S1, e.G, group.Beta2);
            float x = group.AmsGrad ? Larger(e.S2, v) : 0;
            float d = (MathF.Sqrt(group.AmsGrad ? x : v) / sq) + eps;
            return e with { P = e.P + (ss * m / d), S0 = m, S1 = v, S2 = x };
        };
    }

    private static Func<Element, Element> NAdam(ParameterGroup group, long step, double[] numbers)
    {
        double mu = group.Beta1 * (1 - (0.5 * Math.Pow(0.96, step * group.MomentumDecay)));
        double next = group.Beta1 * (1 - (0.5 * Math.Pow(0.96, (step + 1.0) * group.MomentumDecay)));
        double product = numbers[0] * mu;
        numbers[0] = product;
        float gradientStep = (float)(-group.LearningRate * (1 - mu) / (1 - product));
        float momentStep = (float)(-group.LearningRate * next / (1 - (product * next)));
        float sq = (float)Math.Sqrt(1 - Math.Pow(group.Beta2, step));
        float eps = (float)group.Epsilon;
        return e =>
        {
            float m = Lerp(e.S0, e.G, group.Beta1);
            float v = MeanSquare(e.S1, e.G, group.Beta2);
            float d = (MathF.Sqrt(v) / sq) + eps;
            return e with { P = e.P + (MathF.FusedMultiplyAdd(momentStep, m, gradientStep * e.G) / d), S0 = m, S1 = v };
        };
    }

    private static Func<Element, Element> RAdam(ParameterGroup group, long step)
    {
        double power = Math.Pow(group.Beta2, step);
        double rho = (2 / (1 - group.Beta2)) - 1;
        double rhoT = rho - (2.0 * step * power / (1 - power));
        double rect = rhoT > 5
            ? Math.Sqrt((rhoT - 4) * (rhoT - 2) * rho / ((rho - 4) * (rho - 2) * rhoT)) * Math.Sqrt(1 - power)
            : 1;
        float stepSize = (float)(-group.LearningRate / (1 - Math.Pow(group.Beta1, step)) * rect);
        float eps = (float)group.Epsilon;
        return e =>
        {
            float m = Lerp(e.S0, e.G, group.Beta1);
            float v = MeanSquare(e.S1, e.G, group.Beta2);
            float update = stepSize * m;
            return e with { P = e.P + (rhoT > 5 ? update / (MathF.Sqrt(v) + eps) : update), S0 = m, S1 = v };
        };
    }

    private static Func<Element, Element> AdaMax(ParameterGroup group, long step)
    {
        float stepSize = (float)(-group.LearningRate / (1 - Math.Pow(group.Beta1, step)));
        return e =>
        {
            float m = Lerp(e.S0, e.G, group.Beta1);
            float u = Larger((float)group.Beta2 * e.S1, MathF.Abs(e.G) + (float)group.Epsilon);
            return e with { P = e.P + (stepSize * m / u), S0 = m, S1 = u };
        };
    }

    private static Func<Element, Element> Sgd(ParameterGroup group, long step)
    {
        float stepSize = (float)-group.LearningRate;
        float momentum = (float)group.Momentum;
        float weight = (float)(1 - group.Dampening);
        if (group.Momentum == 0)
        {
            return e => e with { P = MathF.FusedMultiplyAdd(e.G, stepSize, e.P) };
        }

        return e =>
        {
            float buffer = step == 1 ? e.G : MathF.FusedMultiplyAdd(e.G, weight, momentum * e.S0);
            float direction = group.Nesterov ? MathF.FusedMultiplyAdd(buffer, momentum, e.G) : buffer;
            return e with { P = MathF.FusedMultiplyAdd(direction, stepSize, e.P), S0 = buffer };
        };
    }

    private static Func<Element, Element> AdaGrad(ParameterGroup group, long step)
    {
        float rate = (float)(group.LearningRate / Math.FusedMultiplyAdd(step - 1, group.LearningRateDecay, 1));
        return e =>
        {
            float sum = MathF.FusedMultiplyAdd(e.G, e.G, e.S0);
            return e with { P = e.P - (rate * e.G / (MathF.Sqrt(sum) + (float)group.Epsilon)), S0 = sum };
        };
    }

    private static Func<Element, Element> RmsProp(ParameterGroup group)
    {
        float stepSize = (float)-group.LearningRate;
        return e =>
        {
            float square = MeanSquare(e.S0, e.G, group.Beta2);
            float mean = group.Centered ? Lerp(e.S2, e.G, group.Beta2) : 0;
            float variance = group.Centered ? MathF.FusedMultiplyAdd(-mean, mean, square) : square;
            float d = MathF.Sqrt(variance < 0 ? 0 : variance) + (float)group.Epsilon;
            if (group.Momentum == 0)
            {
                return e with { P = e.P + (stepSize * e.G / d), S0 = square, S2 = mean };
            }

            float buffer = MathF.FusedMultiplyAdd((float)group.Momentum, e.S1, e.G / d);
            return e with { P = MathF.FusedMultiplyAdd(stepSize, buffer, e.P), S0 = square, S1 = buffer, S2 = mean };
        };
    }

    private static Func<Element, Element> Lion(ParameterGroup group)
    {
        float stepSize = (float)-group.LearningRate;
        return e =>
        {
            float c = Mean(e.S0, e.G, group.Beta1);
            float sign = c > 0 ? 1 : c < 0 ? -1 : c;
            return e with { P = MathF.FusedMultiplyAdd(stepSize, sign, e.P), S0 = Mean(e.S0, e.G, group.Beta2) };
        };
    }

    private static Func<Element, Element> AdEmaMix(ParameterGroup group, long step)
    {
        double alpha = group.Alpha * (step < group.AlphaWarmup ? step / group.AlphaWarmup : 1);
        double share = step / group.Beta3Warmup;
        double beta3 = step < group.Beta3Warmup
            ? Math.Exp(1 / (((1 - share) / Math.Log(group.Beta1)) + (share / Math.Log(group.Beta3))))
            : group.Beta3;
        float fastStep = -(float)(group.LearningRate / (1 - Math.Pow(group.Beta1, step)));
        float slowStep = (float)(-group.LearningRate * alpha);
        float sq = (float)Math.Sqrt(1 - Math.Pow(group.Beta2, step));
        float eps = (float)group.Epsilon;
        return e =>
        {
            float m = Mean(e.S0, e.G, group.Beta1);
            float v = MeanSquare(e.S1, e.G, group.Beta2);
            float n = Mix(e.S2, e.G, (float)(1 - beta3));
            float d = (MathF.Sqrt(v) / sq) + eps;
            return e with { P = e.P + (MathF.FusedMultiplyAdd(fastStep, m, slowStep * n) / d), S0 = m, S1 = v, S2 = n };
        };
    }

    private static Func<Element, Element> Adopt(ParameterGroup group, long step)
    {
        if (step == 1)
        {
            return e => e with { S1 = MathF.FusedMultiplyAdd(e.G, e.G, e.S1) };
        }

        float stepSize = (float)-group.LearningRate;
        float eps = (float)group.Epsilon;
        float limit = double.IsPositiveInfinity(group.ClipExponent)
            ? float.PositiveInfinity
            : (float)Math.Pow(step - 1, group.ClipExponent);
        return e =>
        {
            float root = MathF.Sqrt(e.S1);
            float n = e.G / (root < eps ? eps : root);
            n = n > limit ? limit : n < -limit ? -limit : n;
            float m = Mean(e.S0, n, group.Beta1);
            return e with { P = MathF.FusedMultiplyAdd(stepSize, m, e.P), S0 = m, S1 = MeanSquare(e.S1, e.G, group.Beta2) };
        };
    }

    private static Func<Element, Element> ScheduleFree(ParameterGroup group, long step, double[] numbers)
    {
        double rate = group.LearningRate * (step < group.WarmupSteps ? step / group.WarmupSteps : 1);
        double largestRate = Math.Max(numbers[1], rate);
        double weight = Math.Pow(step, group.StepExponent) * Math.Pow(largestRate, group.RateExponent);
        double weightSum = numbers[0] + weight;
        double share = weightSum == 0 ? 0 : weight / weightSum;
        (numbers[0], numbers[1]) = (weightSum, largestRate);
        float stepSize = (float)(rate * ((group.Beta1 * (1 - share)) - 1));
        float sq = (float)Math.Sqrt(1 - Math.Pow(group.Beta2, step));
        float eps = (float)group.Epsilon;
        return e =>
        {
            float v = MeanSquare(e.S1, e.G, group.Beta2);
            float d = (MathF.Sqrt(v) / sq) + eps;
            float u = MathF.FusedMultiplyAdd((float)group.WeightDecay, e.P, e.G / d);
            float z = step == 1 ? e.P : e.S0;
            return e with
            {
                P = MathF.FusedMultiplyAdd(stepSize, u, Mix(e.P, z, (float)share)),
                S0 = MathF.FusedMultiplyAdd((float)-rate, u, z),
                S1 = v,
            };
        };
    }

    private static Func<Element, Element> Adan(ParameterGroup group, long step)
    {
        double rate = group.LearningRate
            * (group.NoProx ? 1 : 1 / Math.FusedMultiplyAdd(group.LearningRate, group.WeightDecay, 1));
        float momentStep = (float)(-rate / (1 - Math.Pow(group.Beta1, step)));
        float changeStep = (float)(-rate * group.Beta2 / (1 - Math.Pow(group.Beta2, step)));
        float sq = (float)Math.Sqrt(1 - Math.Pow(group.Beta3, step));
        float eps = (float)group.Epsilon;
        return e =>
        {
            float change = step == 1 ? 0 : e.G + e.S3;
            float m = Mean(e.S0, e.G, group.Beta1);
            float v = Mean(e.S2, change, group.Beta2);
            float n = MeanSquare(e.S1, MathF.FusedMultiplyAdd((float)group.Beta2, change, e.G), group.Beta3);
            float d = (MathF.Sqrt(n) / sq) + eps;
            float p = e.P + (MathF.FusedMultiplyAdd(momentStep, m, changeStep * v) / d);
            return e with { P = p, S0 = m, S1 = n, S2 = v, S3 = -e.G };
        };
    }

    private static Func<Element, Element> AdaDelta(ParameterGroup group)
    {
        float eps = (float)group.Epsilon;
        return e =>
        {
            float square = MeanSquare(e.S0, e.G, group.Beta2);
            float update = MathF.Sqrt(e.S1 + eps) / MathF.Sqrt(square + eps) * e.G;
            return e with
            {
                P = MathF.FusedMultiplyAdd((float)-group.LearningRate, update, e.P),
                S0 = square,
                S1 = MeanSquare(e.S1, update, group.Beta2),
            };
        };
    }

    /// <summary>The sum of two products, neither of which is larger than its factor: no difference that could overflow.</summary>
    private static float Mean(float before, float g, double decayRate) =>
        MathF.FusedMultiplyAdd((float)(1 - decayRate), g, (float)decayRate * before);

    /// <summary>What decoupled weight decay multiplies the parameter by.</summary>
    private static float ParameterDecay(ParameterGroup group, long step) => group.Rule switch
    {
        OptimizerRule.Adopt when step == 1 => 1,
        OptimizerRule.ScheduleFree => 1,
        OptimizerRule.Adan when !group.NoProx =>
            (float)(1 / Math.FusedMultiplyAdd(group.LearningRate, group.WeightDecay, 1)),
        _ => (float)Math.FusedMultiplyAdd(-group.LearningRate, group.WeightDecay, 1),
    };

    /// <summary>Whether weight decay never joins the gradient.</summary>
    private static bool HasOwnWeightDecay(OptimizerRule rule) => rule is OptimizerRule.ScheduleFree or OptimizerRule.Adan;

    /// <summary>(1 - w) * start + w * end, whose weights add up to 1 exactly.</summary>
    private static float Mix(float start, float end, float w) =>
        MathF.FusedMultiplyAdd(w, end, MathF.FusedMultiplyAdd(-w, start, start));

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
        _group.Subnormals == Subnormals.Flush && MathF.Abs(state) < SmallestNormal ? MathF.CopySign(0, state) : state;
}

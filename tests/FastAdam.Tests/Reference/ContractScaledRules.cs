using FastAdam.Tests.Support;

namespace FastAdam.Tests.Reference;

/// <summary>Adam, NAdam and RAdam beside moments in blocks of 8 bits, in plain C#: the short form of src/NUMERICS.md.</summary>
internal sealed class ContractScaledRules
{
    private readonly ParameterGroup _group;
    private readonly ContractRules _preparation;
    private readonly Func<float, float, float, float> _update;

    public ContractScaledRules(in ParameterGroup group, long step, double clipCoefficient, double[]? numbers)
    {
        _group = group;
        _preparation = new ContractRules(group, step, clipCoefficient, numbers);
        _update = group.Rule switch
        {
            OptimizerRule.Adam => Adam(group, step),
            OptimizerRule.NAdam => NAdam(group, step, (numbers ?? RuleFacts.Of(group.Rule).InitialNumbers())[0]),
            OptimizerRule.RAdam => RAdam(group, step),
            _ => throw new NotSupportedException($"{group.Rule} has no such form."),
        };
    }

    public static bool Has(OptimizerRule rule, bool amsGrad) =>
        rule is OptimizerRule.NAdam or OptimizerRule.RAdam || (rule == OptimizerRule.Adam && !amsGrad);

    /// <summary>One element after the step.</summary>
    /// <param name="p">The parameter.</param>
    /// <param name="g">The gradient.</param>
    /// <param name="m">The first moment, where it is single-precision.</param>
    /// <param name="v">The second moment, where it is single-precision.</param>
    /// <param name="first">The first moment's integer and scale, where it is in blocks.</param>
    /// <param name="second">The second moment's, where it is in blocks.</param>
    /// <returns>The parameter, the first moment, the second moment and its root.</returns>
    public (float P, float M, float V, float Root) Step(
        float p, float g, float m, float v, (sbyte Code, float Scale)? first, (byte Code, float Scale)? second)
    {
        g = _preparation.Prepare(new Element(p, g, 0, 0, 0)).G;
        if (first is (sbyte code, float scale))
        {
            float unit = scale * ((float)_group.Beta1 / 127);
            m = MathF.FusedMultiplyAdd(code, unit, (float)(1 - _group.Beta1) * g);
        }
        else
        {
            float w = (float)(1 - _group.Beta1);
            m = w < 0.5f ? MathF.FusedMultiplyAdd(w, g - m, m) : MathF.FusedMultiplyAdd(w - 1, g - m, g);
        }

        float gradientSquare = (float)(1 - _group.Beta2) * g;
        if (second is (byte rootCode, float rootScale))
        {
            float root = ContractFormats.Root(rootCode, rootScale * ((float)Math.Sqrt(_group.Beta2) / 255.5f));
            v = MathF.FusedMultiplyAdd(gradientSquare, g, root * root);
        }
        else
        {
            v = MathF.FusedMultiplyAdd(gradientSquare, g, (float)_group.Beta2 * v);
        }

        float r = MathF.Sqrt(v);
        float after = MathF.FusedMultiplyAdd(p, _preparation.ParameterDecayOfStep, _update(m, g, r));
        return (after, _preparation.StoredState(m), _preparation.StoredState(v), r);
    }

    private static Func<float, float, float, float> Adam(ParameterGroup group, long step)
    {
        double rootCorrection = Math.Sqrt(1 - Math.Pow(group.Beta2, step));
        float ss = -(float)(group.LearningRate / (1 - Math.Pow(group.Beta1, step)) * rootCorrection);
        float eps = group.Epsilon == 0 ? 0 : Math.Max((float)(group.Epsilon * rootCorrection), float.Epsilon);
        return (m, _, root) => ss * m / (root + eps);
    }

    private static Func<float, float, float, float> NAdam(ParameterGroup group, long step, double productBefore)
    {
        double mu = group.Beta1 * (1 - (0.5 * Math.Pow(0.96, step * group.MomentumDecay)));
        double next = group.Beta1 * (1 - (0.5 * Math.Pow(0.96, (step + 1.0) * group.MomentumDecay)));
        double product = productBefore * mu;
        double rootCorrection = Math.Sqrt(1 - Math.Pow(group.Beta2, step));
        float gradientStep = (float)(-group.LearningRate * (1 - mu) / (1 - product) * rootCorrection);
        float momentStep = (float)(-group.LearningRate * next / (1 - (product * next)) * rootCorrection);
        float eps = group.Epsilon == 0 ? 0 : Math.Max((float)(group.Epsilon * rootCorrection), float.Epsilon);
        return (m, g, root) => MathF.FusedMultiplyAdd(momentStep, m, gradientStep * g) / (root + eps);
    }

    private static Func<float, float, float, float> RAdam(ParameterGroup group, long step)
    {
        double power = Math.Pow(group.Beta2, step);
        double rho = (2 / (1 - group.Beta2)) - 1;
        double rhoT = rho - (2.0 * step * power / (1 - power));
        double rect = rhoT > 5
            ? Math.Sqrt((rhoT - 4) * (rhoT - 2) * rho / ((rho - 4) * (rho - 2) * rhoT)) * Math.Sqrt(1 - power)
            : 1;
        float stepSize = (float)(-group.LearningRate / (1 - Math.Pow(group.Beta1, step)) * rect);
        float eps = (float)group.Epsilon;
        return (m, _, root) => rhoT > 5 ? stepSize * m / (root + eps) : stepSize * m;
    }
}

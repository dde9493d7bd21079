namespace FastAdam.Tests.Reference;

/// <summary>A number in double precision, and the largest of what it was added up from: what its rounding errors scale with.</summary>
internal readonly record struct Exact(double Value, double Scale)
{
    public static Exact Of(double value) => new(value, Math.Abs(value));

    /// <summary>A sum of terms.</summary>
    public static Exact Sum(params ReadOnlySpan<Exact> terms)
    {
        (double value, double scale) = (0, 0);
        foreach (Exact term in terms)
        {
            (value, scale) = (value + term.Value, Math.Max(scale, term.Scale));
        }

        return new Exact(value, Math.Max(scale, Math.Abs(value)));
    }

    /// <summary>How many times larger an error is, relative to the value, than one relative to the scale.</summary>
    public double Amplification => Value == 0 ? 1 : Scale / Math.Abs(Value);

    public static Exact operator *(double factor, Exact number) => new(factor * number.Value, Math.Abs(factor) * number.Scale);

    /// <summary>The root halves a relative error, and the quotient has those of both.</summary>
    public Exact Over(double divisor, double amplification) =>
        new(Value / divisor, Scale / Math.Abs(divisor) * amplification);
}

/// <summary>One element and its state, in the rule's order of arrays.</summary>
internal readonly record struct DoubleElement(double P, double G, double S0, double S1, double S2, double S3 = 0)
{
    public static implicit operator DoubleElement(Element e) => new(e.P, e.G, e.S0, e.S1, e.S2, e.S3);
}

/// <summary>One element after a step.</summary>
/// <param name="P">The parameter. Its scale is the largest of itself and the parameter before.</param>
/// <param name="Update">What the parameter was changed by.</param>
/// <param name="State">The state arrays in the rule's order; null for those that it does not keep.</param>
/// <param name="Divisor">What the update was divided by.</param>
/// <param name="IsUncertain">Whether a difference of rounding may change the update as a whole: where a sign may be
/// either, or a variance is lost in what it is the difference of.</param>
/// <param name="UncertainState">The state array that may change with it; -1 for none.</param>
internal readonly record struct ExactStep(
    Exact P, Exact Update, Exact?[] State, double Divisor = 1, bool IsUncertain = false, int UncertainState = -1);

/// <summary>
/// The optimizers in double precision, from their papers' formulas as PyTorch's documentation states them: torch.optim.Adam with
/// amsgrad, NAdam, RAdam, Adamax, SGD, Adagrad, RMSprop and SparseAdam; Lion from X. Chen et al., 2023, program 1. It shares no
/// code with the library.
/// </summary>
internal static class ReferenceRules
{
    /// <summary>2^-20: what is smaller, beside what it is the difference of, is not told from zero.</summary>
    private const double Resolution = 1.0 / (1 << 20);

    /// <param name="e">The element and its state.</param>
    /// <param name="o">The hyperparameters.</param>
    /// <param name="t">The step, from 1.</param>
    /// <param name="momentumProduct">NAdam's mu_product before the step; after it, what it has become.</param>
    /// <param name="isSparse">Whether it is torch.optim.SparseAdam, with Adam's options.</param>
    public static ExactStep Step(DoubleElement e, ParameterGroup o, double t, ref double momentumProduct, bool isSparse = false)
    {
        double p = e.P;
        Exact g = Gradient(ref p, e.G, o);
        ExactStep step = (o.Rule, isSparse) switch
        {
            (_, true) => SparseAdam(e, g, o, t),
            (OptimizerRule.Adam, _) => Adam(e, g, o, t),
            (OptimizerRule.NAdam, _) => NAdam(e, g, o, t, ref momentumProduct),
            (OptimizerRule.RAdam, _) => RAdam(e, g, o, t),
            (OptimizerRule.AdaMax, _) => AdaMax(e, g, o, t),
            (OptimizerRule.Sgd, _) => Sgd(e, g, o, t),
            (OptimizerRule.AdaGrad, _) => AdaGrad(e, g, o, t),
            (OptimizerRule.RmsProp, _) => RmsProp(e, g, o),
            (OptimizerRule.Lion, _) => Lion(e, g, o),
            _ => throw new NotSupportedException($"{o.Rule} has no reference in double precision: add it to {nameof(ReferenceRules)}."),
        };
        double after = p - step.Update.Value;
        return step with { P = new Exact(after, Math.Max(Math.Abs(after), Math.Max(Math.Abs(p), Math.Abs(e.P)))) };
    }

    /// <summary>The gradient that the rule is for; the parameter shrinks by decoupled weight decay.</summary>
    private static Exact Gradient(ref double p, double gradient, ParameterGroup o)
    {
        if (o.DecoupledWeightDecay)
        {
            p *= 1 - (o.LearningRate * o.WeightDecay);
        }

        double g = Math.Clamp(gradient / o.GradientScale, -o.MaxGradientValue, o.MaxGradientValue);
        Exact objective = Exact.Of(o.Maximize ? -g : g);
        return o.DecoupledWeightDecay || o.WeightDecay == 0 ? objective : Exact.Sum(objective, Exact.Of(o.WeightDecay * p));
    }

    private static Exact Mean(double before, Exact g, double decayRate) => new(
        (decayRate * before) + ((1 - decayRate) * g.Value), Math.Max(Math.Abs(before), g.Scale));

    /// <summary>The scale is the sum with the gradient's own scale for the gradient.</summary>
    private static Exact MeanSquare(double before, Exact g, double decayRate) => new(
        (decayRate * before) + ((1 - decayRate) * g.Value * g.Value), (decayRate * before) + ((1 - decayRate) * g.Scale * g.Scale));

    private static ExactStep Adam(DoubleElement e, Exact g, ParameterGroup o, double t)
    {
        Exact m = Mean(e.S0, g, o.Beta1);
        Exact v = MeanSquare(e.S1, g, o.Beta2);
        Exact largest = o.AmsGrad && e.S2 >= v.Value ? new Exact(e.S2, Math.Max(e.S2, v.Scale)) : v;
        double d = Math.Sqrt(largest.Value / (1 - Math.Pow(o.Beta2, t))) + o.Epsilon;
        Exact update = (o.LearningRate / (1 - Math.Pow(o.Beta1, t)) * m).Over(d, largest.Amplification);
        return new ExactStep(default, update, [m, v, o.AmsGrad ? largest : null], d);
    }

    private static ExactStep SparseAdam(DoubleElement e, Exact g, ParameterGroup o, double t)
    {
        Exact m = Mean(e.S0, g, o.Beta1);
        Exact v = MeanSquare(e.S1, g, o.Beta2);
        double d = Math.Sqrt(v.Value) + o.Epsilon;
        double rate = o.LearningRate * Math.Sqrt(1 - Math.Pow(o.Beta2, t)) / (1 - Math.Pow(o.Beta1, t));
        return new ExactStep(default, (rate * m).Over(d, v.Amplification), [m, v], d);
    }

    private static ExactStep NAdam(DoubleElement e, Exact g, ParameterGroup o, double t, ref double momentumProduct)
    {
        double mu = o.Beta1 * (1 - (0.5 * Math.Pow(0.96, t * o.MomentumDecay)));
        double next = o.Beta1 * (1 - (0.5 * Math.Pow(0.96, (t + 1) * o.MomentumDecay)));
        momentumProduct *= mu;
        Exact m = Mean(e.S0, g, o.Beta1);
        Exact v = MeanSquare(e.S1, g, o.Beta2);
        double d = Math.Sqrt(v.Value / (1 - Math.Pow(o.Beta2, t))) + o.Epsilon;
        Exact direction = Exact.Sum((1 - mu) / (1 - momentumProduct) * g, next / (1 - (momentumProduct * next)) * m);
        return new ExactStep(default, (o.LearningRate * direction).Over(d, v.Amplification), [m, v], d);
    }

    private static ExactStep RAdam(DoubleElement e, Exact g, ParameterGroup o, double t)
    {
        Exact m = Mean(e.S0, g, o.Beta1);
        Exact v = MeanSquare(e.S1, g, o.Beta2);
        Exact corrected = 1 / (1 - Math.Pow(o.Beta1, t)) * m;
        double bc2 = 1 - Math.Pow(o.Beta2, t);
        double rhoInfinity = (2 / (1 - o.Beta2)) - 1;
        double rho = rhoInfinity - (2 * t * Math.Pow(o.Beta2, t) / bc2);
        if (rho <= 5)
        {
            return new ExactStep(default, o.LearningRate * corrected, [m, v]);
        }

        double rectification = Math.Sqrt(
            (rho - 4) * (rho - 2) * rhoInfinity / ((rhoInfinity - 4) * (rhoInfinity - 2) * rho));
        double d = (Math.Sqrt(v.Value) + o.Epsilon) / Math.Sqrt(bc2);
        Exact update = (o.LearningRate * rectification * corrected).Over(d, v.Amplification);
        return new ExactStep(default, update, [m, v], d);
    }

    private static ExactStep AdaMax(DoubleElement e, Exact g, ParameterGroup o, double t)
    {
        Exact m = Mean(e.S0, g, o.Beta1);
        double decayed = o.Beta2 * e.S1;
        var u = new Exact(Math.Max(decayed, Math.Abs(g.Value) + o.Epsilon), Math.Max(decayed, g.Scale + o.Epsilon));
        Exact update = (o.LearningRate / (1 - Math.Pow(o.Beta1, t)) * m).Over(u.Value, u.Amplification);
        return new ExactStep(default, update, [m, u], u.Value);
    }

    private static ExactStep Sgd(DoubleElement e, Exact g, ParameterGroup o, double t)
    {
        if (o.Momentum == 0)
        {
            return new ExactStep(default, o.LearningRate * g, []);
        }

        Exact b = t == 1 ? g : Exact.Sum(Exact.Of(o.Momentum * e.S0), (1 - o.Dampening) * g);
        Exact direction = o.Nesterov ? Exact.Sum(g, o.Momentum * b) : b;
        return new ExactStep(default, o.LearningRate * direction, [b]);
    }

    private static ExactStep AdaGrad(DoubleElement e, Exact g, ParameterGroup o, double t)
    {
        var sum = new Exact(e.S0 + (g.Value * g.Value), e.S0 + (g.Scale * g.Scale));
        double d = Math.Sqrt(sum.Value) + o.Epsilon;
        double rate = o.LearningRate / (1 + ((t - 1) * o.LearningRateDecay));
        return new ExactStep(default, (rate * g).Over(d, sum.Amplification), [sum], d);
    }

    private static ExactStep RmsProp(DoubleElement e, Exact g, ParameterGroup o)
    {
        Exact square = MeanSquare(e.S0, g, o.Beta2);
        Exact mean = o.Centered ? Mean(e.S2, g, o.Beta2) : default;
        var variance = new Exact(
            Math.Max(square.Value - (mean.Value * mean.Value), 0), square.Scale + (mean.Scale * mean.Scale));
        double d = Math.Sqrt(variance.Value) + o.Epsilon;
        Exact quotient = g.Over(d, variance.Amplification);
        Exact b = o.Momentum == 0 ? default : Exact.Sum(Exact.Of(o.Momentum * e.S1), quotient);
        return new ExactStep(
            default,
            o.LearningRate * (o.Momentum == 0 ? quotient : b),
            [square, o.Momentum == 0 ? null : b, o.Centered ? mean : null],
            d,
            o.Centered && variance.Value <= Resolution * variance.Scale,
            UncertainState: o.Momentum == 0 ? -1 : 1);
    }

    private static ExactStep Lion(DoubleElement e, Exact g, ParameterGroup o)
    {
        Exact c = Mean(e.S0, g, o.Beta1);
        return new ExactStep(
            default,
            Exact.Of(o.LearningRate * Math.Sign(c.Value)),
            [Mean(e.S0, g, o.Beta2)],
            IsUncertain: c.Value != 0 && Math.Abs(c.Value) <= Resolution * c.Scale);
    }
}

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
/// amsgrad, NAdam, RAdam, Adamax, SGD, Adagrad, RMSprop, Adadelta and SparseAdam; Lion from X. Chen et al., 2023, program 1; the
/// others from the papers that the rules' files name. It shares no code with the library.
/// </summary>
internal static class ReferenceRules
{
    /// <summary>2^-20: what is smaller, beside what it is the difference of, is not told from zero.</summary>
    private const double Resolution = 1.0 / (1 << 20);

    /// <param name="e">The element and its state.</param>
    /// <param name="o">The hyperparameters.</param>
    /// <param name="t">The step, from 1.</param>
    /// <param name="numbers">The tensor's numbers before the step; after it, what they have become.</param>
    /// <param name="isSparse">Whether it is torch.optim.SparseAdam, with Adam's options.</param>
    public static ExactStep Step(DoubleElement e, ParameterGroup o, double t, double[] numbers, bool isSparse = false)
    {
        double p = e.P;
        Exact g = Gradient(ref p, e.G, o, t);
        ExactStep step = (o.Rule, isSparse) switch
        {
            (_, true) => SparseAdam(e, g, o, t),
            (OptimizerRule.Adam, _) => Adam(e, g, o, t),
            (OptimizerRule.NAdam, _) => NAdam(e, g, o, t, numbers),
            (OptimizerRule.RAdam, _) => RAdam(e, g, o, t),
            (OptimizerRule.AdaMax, _) => AdaMax(e, g, o, t),
            (OptimizerRule.Sgd, _) => Sgd(e, g, o, t),
            (OptimizerRule.AdaGrad, _) => AdaGrad(e, g, o, t),
            (OptimizerRule.RmsProp, _) => RmsProp(e, g, o),
            (OptimizerRule.Lion, _) => Lion(e, g, o),
            (OptimizerRule.AdEmaMix, _) => AdEmaMix(e, g, o, t),
            (OptimizerRule.Adopt, _) => Adopt(e, g, o, t),
            (OptimizerRule.ScheduleFree, _) => ScheduleFree(e, g, o, t, numbers),
            (OptimizerRule.Adan, _) => Adan(e, g, o, t),
            (OptimizerRule.AdaDelta, _) => AdaDelta(e, g, o),
            _ => throw new NotSupportedException($"{o.Rule} has no reference in double precision: add it to {nameof(ReferenceRules)}."),
        };
        double after = p - step.Update.Value;
        return step with { P = new Exact(after, Math.Max(Math.Abs(after), Math.Max(Math.Abs(p), Math.Abs(e.P)))) };
    }

    /// <summary>The gradient that the rule is for; the parameter shrinks by decoupled weight decay.</summary>
    private static Exact Gradient(ref double p, double gradient, ParameterGroup o, double t)
    {
        bool isCoupled = !o.DecoupledWeightDecay && o.Rule is not (OptimizerRule.ScheduleFree or OptimizerRule.Adan);
        if (!isCoupled)
        {
            p *= Decay(o, t);
        }

        double g = Math.Clamp(gradient / o.GradientScale, -o.MaxGradientValue, o.MaxGradientValue);
        Exact objective = Exact.Of(o.Maximize ? -g : g);
        return !isCoupled || o.WeightDecay == 0 ? objective : Exact.Sum(objective, Exact.Of(o.WeightDecay * p));
    }

    /// <summary>What is left of a parameter where weight decay is decoupled. Schedule-Free has its decay in the update.</summary>
    private static double Decay(ParameterGroup o, double t) => o.Rule switch
    {
        OptimizerRule.Adopt => t == 1 ? 1 : 1 - (o.LearningRate * o.WeightDecay),
        OptimizerRule.Adan when !o.NoProx => 1 / (1 + (o.LearningRate * o.WeightDecay)),
        OptimizerRule.ScheduleFree => 1,
        _ => 1 - (o.LearningRate * o.WeightDecay),
    };

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

    private static ExactStep NAdam(DoubleElement e, Exact g, ParameterGroup o, double t, double[] numbers)
    {
        double mu = o.Beta1 * (1 - (0.5 * Math.Pow(0.96, t * o.MomentumDecay)));
        double next = o.Beta1 * (1 - (0.5 * Math.Pow(0.96, (t + 1) * o.MomentumDecay)));
        numbers[0] *= mu;
        double momentumProduct = numbers[0];
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

    /// <summary>With the schedules of the paper, in terms of half-lives.</summary>
    private static ExactStep AdEmaMix(DoubleElement e, Exact g, ParameterGroup o, double t)
    {
        double alpha = o.AlphaWarmup == 0 ? o.Alpha : Math.Min(t * o.Alpha / o.AlphaWarmup, o.Alpha);
        double beta3 = o.Beta3;
        if (t < o.Beta3Warmup)
        {
            // In half-lives, with the beta of step 0 at beta1.
            double first = Math.Log(0.5) / Math.Log(o.Beta1);
            double last = Math.Log(0.5) / Math.Log(o.Beta3);
            beta3 = Math.Pow(0.5, 1 / (first + ((last - first) * t / o.Beta3Warmup)));
        }

        Exact m = Mean(e.S0, g, o.Beta1);
        Exact v = MeanSquare(e.S1, g, o.Beta2);
        Exact n = Mean(e.S2, g, beta3);
        double d = Math.Sqrt(v.Value / (1 - Math.Pow(o.Beta2, t))) + o.Epsilon;
        Exact direction = Exact.Sum(1 / (1 - Math.Pow(o.Beta1, t)) * m, alpha * n);
        return new ExactStep(default, (o.LearningRate * direction).Over(d, v.Amplification), [m, v, n], d);
    }

    /// <summary>Algorithm 2 with clipping, whose step 0 is step 1 here.</summary>
    private static ExactStep Adopt(DoubleElement e, Exact g, ParameterGroup o, double t)
    {
        if (t == 1)
        {
            var first = new Exact(e.S1 + (g.Value * g.Value), e.S1 + (g.Scale * g.Scale));
            return new ExactStep(default, default, [Exact.Of(e.S0), first]);
        }

        double d = Math.Max(Math.Sqrt(e.S1), o.Epsilon);
        double c = double.IsPositiveInfinity(o.ClipExponent) ? double.PositiveInfinity : Math.Pow(t - 1, o.ClipExponent);
        Exact normalized = g.Over(d, 1);
        normalized = Math.Abs(normalized.Value) > c ? Exact.Of(Math.CopySign(c, normalized.Value)) : normalized;
        Exact m = Mean(e.S0, normalized, o.Beta1);
        return new ExactStep(default, o.LearningRate * m, [m, MeanSquare(e.S1, g, o.Beta2)]);
    }

    /// <summary>By x, y and z, of which the parameter is y and the first state z, as the paper's algorithm 1 has them: by what they
    /// change by, since z may be many times larger than that.</summary>
    private static ExactStep ScheduleFree(DoubleElement e, Exact g, ParameterGroup o, double t, double[] numbers)
    {
        double rate = o.LearningRate * (t < o.WarmupSteps ? t / o.WarmupSteps : 1);
        numbers[1] = Math.Max(numbers[1], rate);
        double weight = Math.Pow(t, o.StepExponent) * Math.Pow(numbers[1], o.RateExponent);
        numbers[0] += weight;
        double c = numbers[0] == 0 ? 0 : weight / numbers[0];
        Exact v = MeanSquare(e.S1, g, o.Beta2);
        double d = Math.Sqrt(v.Value / (1 - Math.Pow(o.Beta2, t))) + o.Epsilon;
        Exact u = Exact.Sum(g.Over(d, v.Amplification), Exact.Of(o.WeightDecay * e.P));
        double zBefore = t == 1 ? e.P : e.S0;
        Exact z = Exact.Sum(Exact.Of(zBefore), -rate * u);
        double changeOfZ = -rate * u.Value;
        double changeOfX = c * (changeOfZ + ((zBefore - e.P) / o.Beta1));
        double changeOfY = ((1 - o.Beta1) * changeOfZ) + (o.Beta1 * changeOfX);
        double scale = Math.Max(c * Math.Max(Math.Abs(zBefore), Math.Abs(e.P)), rate * u.Scale * (1 - (o.Beta1 * (1 - c))));
        return new ExactStep(default, new Exact(-changeOfY, scale), [z, v], d);
    }

    /// <summary>Algorithm 1 of the paper, whose betas are 1 less these.</summary>
    private static ExactStep Adan(DoubleElement e, Exact g, ParameterGroup o, double t)
    {
        Exact change = t == 1 ? Exact.Of(0) : Exact.Sum(g, Exact.Of(e.S3));
        Exact m = Mean(e.S0, g, o.Beta1);
        Exact v = Mean(e.S2, change, o.Beta2);
        Exact n = MeanSquare(e.S1, Exact.Sum(g, o.Beta2 * change), o.Beta3);
        double d = Math.Sqrt(n.Value / (1 - Math.Pow(o.Beta3, t))) + o.Epsilon;
        Exact direction = Exact.Sum(1 / (1 - Math.Pow(o.Beta1, t)) * m, o.Beta2 / (1 - Math.Pow(o.Beta2, t)) * v);
        double rate = o.NoProx ? o.LearningRate : o.LearningRate / (1 + (o.LearningRate * o.WeightDecay));
        return new ExactStep(default, (rate * direction).Over(d, n.Amplification), [m, n, v, -1 * g], d);
    }

    private static ExactStep AdaDelta(DoubleElement e, Exact g, ParameterGroup o)
    {
        Exact square = MeanSquare(e.S0, g, o.Beta2);
        double d = Math.Sqrt(square.Value + o.Epsilon);
        Exact update = (Math.Sqrt(e.S1 + o.Epsilon) * g).Over(d, square.Amplification);
        return new ExactStep(default, o.LearningRate * update, [square, MeanSquare(e.S1, update, o.Beta2)], d);
    }
}

namespace FastAdam.Tests.Reference;

/// <summary>
/// Adam in double precision, from the equations of the article that started the project (the form of D. P. Kingma, J. Ba,
/// "Adam: a method for stochastic optimization", 2015, algorithm 1), with t counted from 0:
/// <code>
/// m = b1*m + (1-b1)*g            m_hat = m / (1 - b1^(t+1))
/// v = b2*v + (1-b2)*g^2          v_hat = v / (1 - b2^(t+1))
/// theta = theta - eta * m_hat / (sqrt(v_hat) + eps)
/// </code>
/// Decoupled weight decay is I. Loshchilov, F. Hutter, "Decoupled weight decay regularization", 2019, as PyTorch applies it:
/// theta is multiplied by 1 - eta*lambda first. It shares no code with the library.
/// </summary>
internal static class ReferenceAdam
{
    /// <summary>One element after a step, with what its rounding errors scale with.</summary>
    /// <param name="Theta">The parameter.</param>
    /// <param name="M">The first moment.</param>
    /// <param name="V">The second moment.</param>
    /// <param name="Decayed">The parameter after weight decay, before the update.</param>
    /// <param name="Gradient">The largest in the gradient: the scaled gradient, the weight-decay term or their sum.</param>
    /// <param name="Denominator">sqrt(v_hat) + eps.</param>
    /// <param name="StepPerMoment">What a unit of the first moment changes the parameter by.</param>
    public readonly record struct Result(
        double Theta, double M, double V, double Decayed, double Gradient, double Denominator, double StepPerMoment);

    public static Result Step(double theta, double g, double m, double v, long step, in ParameterGroup group)
    {
        double eta = group.LearningRate;
        double b1 = group.Beta1;
        double b2 = group.Beta2;
        double lambda = group.WeightDecay;
        double t = step - 1;

        g /= group.GradientScale;
        if (group.Maximize)
        {
            g = -g;
        }

        double largest = Math.Abs(g);
        if (group.DecoupledWeightDecay)
        {
            theta *= 1 - (eta * lambda);
        }
        else if (lambda != 0)
        {
            double decay = lambda * theta;
            g += decay;
            largest = Math.Max(largest, Math.Max(Math.Abs(decay), Math.Abs(g)));
        }

        double decayed = theta;
        m = (b1 * m) + ((1 - b1) * g);
        v = (b2 * v) + ((1 - b2) * g * g);
        double mHat = m / (1 - Math.Pow(b1, t + 1));
        double vHat = v / (1 - Math.Pow(b2, t + 1));
        double denominator = Math.Sqrt(vHat) + group.Epsilon;
        theta -= eta * mHat / denominator;
        double perMoment = eta / (1 - Math.Pow(b1, t + 1)) / denominator;
        return new Result(theta, m, v, decayed, largest, denominator, perMoment);
    }
}

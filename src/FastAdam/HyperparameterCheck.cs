using System.Runtime.CompilerServices;
using FastAdam.Rules;

namespace FastAdam;

/// <summary>Finds hyperparameters that are out of their range, and says so in the words of the public API.</summary>
/// <param name="Argument">The argument that they came in.</param>
/// <param name="Type">Its type.</param>
/// <param name="Group">The group's index in the argument, or -1.</param>
internal readonly record struct HyperparameterCheck(string Argument, string Type, int Group = -1)
{
    /// <exception cref="ArgumentOutOfRangeException">One of them is out of its range.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Numbers(in Hyperparameters hyperparameters)
    {
        NotNegative(hyperparameters.LearningRate, nameof(OptimizerOptions.LearningRate));
        DecayRate(hyperparameters.Beta1, nameof(OptimizerOptions.Beta1));
        DecayRate(hyperparameters.Beta2, nameof(OptimizerOptions.Beta2));
        NotNegative(hyperparameters.Epsilon, nameof(OptimizerOptions.Epsilon));
        NotNegative(hyperparameters.WeightDecay, nameof(OptimizerOptions.WeightDecay));
        NotNegative(hyperparameters.Momentum, nameof(OptimizerOptions.Momentum));
        NotNegative(hyperparameters.LearningRateDecay, nameof(OptimizerOptions.LearningRateDecay));
        NotNegative(hyperparameters.MomentumDecay, nameof(OptimizerOptions.MomentumDecay));
        if (!float.IsFinite((float)hyperparameters.Dampening))
        {
            throw OutOfRange(hyperparameters.Dampening, nameof(OptimizerOptions.Dampening), "must be finite in single precision");
        }

        if (!((float)hyperparameters.GradientScale > 0 && float.IsFinite((float)hyperparameters.GradientScale)))
        {
            throw OutOfRange(
                hyperparameters.GradientScale,
                nameof(OptimizerOptions.GradientScale),
                "must be above 0 and finite in single precision");
        }

        if (!((float)hyperparameters.ClipValue > 0))
        {
            throw OutOfRange(
                hyperparameters.ClipValue, nameof(OptimizerOptions.MaxGradientValue), "must be above 0 in single precision");
        }

        if (hyperparameters.DecoupledWeightDecay
            && !float.IsFinite((float)(hyperparameters.LearningRate * hyperparameters.WeightDecay)))
        {
            throw OutOfRange(
                hyperparameters.WeightDecay,
                nameof(OptimizerOptions.WeightDecay),
                "times LearningRate must be finite in single precision");
        }
    }

    /// <exception cref="ArgumentOutOfRangeException">The value is not defined.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Subnormals(Subnormals subnormals)
    {
        if (subnormals is not (FastAdam.Subnormals.Flush or FastAdam.Subnormals.Preserve))
        {
            throw OutOfRange(subnormals, nameof(OptimizerOptions.Subnormals), "must be Flush or Preserve");
        }
    }

    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Threads(int threads)
    {
        if (threads < 0)
        {
            throw OutOfRange(threads, nameof(StepOptions.Threads), "must be at least 0");
        }
    }

    /// <exception cref="ArgumentOutOfRangeException">A hyperparameter is set that the rule does not have, or cannot have beside
    /// another one.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Belonging(in OptimizerOptions options)
    {
        OptimizerRule rule = options.Rule;
        bool isAdamLike = rule is OptimizerRule.Adam or OptimizerRule.NAdam or OptimizerRule.RAdam or OptimizerRule.AdaMax;
        bool hasMomentum = rule is OptimizerRule.Sgd or OptimizerRule.RmsProp;
        Belongs(isAdamLike || rule == OptimizerRule.Lion, options.Beta1, nameof(options.Beta1), rule);
        Belongs(
            isAdamLike || rule is OptimizerRule.Lion or OptimizerRule.RmsProp, options.Beta2, nameof(options.Beta2), rule);
        Belongs(
            isAdamLike || rule is OptimizerRule.AdaGrad or OptimizerRule.RmsProp, options.Epsilon, nameof(options.Epsilon), rule);
        Belongs(
            rule is OptimizerRule.Adam or OptimizerRule.NAdam or OptimizerRule.RAdam or OptimizerRule.Lion,
            options.DecoupledWeightDecay,
            nameof(options.DecoupledWeightDecay),
            rule);
        Belongs(rule == OptimizerRule.Adam, options.AmsGrad, nameof(options.AmsGrad), rule);
        Belongs(hasMomentum, options.Momentum, nameof(options.Momentum), rule);
        Belongs(rule == OptimizerRule.Sgd, options.Dampening, nameof(options.Dampening), rule);
        Belongs(rule == OptimizerRule.Sgd, options.Nesterov, nameof(options.Nesterov), rule);
        Belongs(rule == OptimizerRule.RmsProp, options.Centered, nameof(options.Centered), rule);
        Belongs(rule == OptimizerRule.AdaGrad, options.LearningRateDecay, nameof(options.LearningRateDecay), rule);
        Belongs(rule == OptimizerRule.NAdam, options.MomentumDecay, nameof(options.MomentumDecay), rule);
        if (options.Nesterov && !(options.Momentum > 0 && options.Dampening == 0))
        {
            throw OutOfRange(
                options.Nesterov, nameof(options.Nesterov), "needs a Momentum above 0 and no Dampening");
        }
    }

    /// <exception cref="ArgumentOutOfRangeException">The options are not plain Adam's, without weight decay.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Sparse(in OptimizerOptions options)
    {
        if (options.Rule != OptimizerRule.Adam)
        {
            throw OutOfRange(options.Rule, nameof(options.Rule), "must be Adam for SparseAdam");
        }

        if (options.AmsGrad)
        {
            throw OutOfRange(true, nameof(options.AmsGrad), "must be False: SparseAdam has none");
        }

        if (options.WeightDecay != 0)
        {
            throw OutOfRange(options.WeightDecay, nameof(options.WeightDecay), "must be 0: SparseAdam has none");
        }
    }

    /// <exception cref="ArgumentOutOfRangeException">A number of the step is none that single precision holds.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Coefficients(in Coefficients coefficients, double learningRate, long step)
    {
        if (!coefficients.AreFinite())
        {
            throw OutOfRange(
                learningRate,
                nameof(OptimizerOptions.LearningRate),
                $"divided by 1 - Beta1^step must be finite in single precision, also in step {step}");
        }
    }

    public ArgumentOutOfRangeException OutOfRange(object value, string name, string requirement) =>
        new(Argument, value, (Group < 0 ? "" : $"{Argument}[{Group}]: ") + Type + "." + name + " " + requirement + ".");

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void NotNegative(double value, string name)
    {
        if (!(value >= 0 && float.IsFinite((float)value)))
        {
            throw OutOfRange(value, name, "must be at least 0 and finite in single precision");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void DecayRate(double value, string name)
    {
        if (!(value >= 0 && value < 1))
        {
            throw OutOfRange(value, name, "must be at least 0 and below 1");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Belongs<T>(bool hasIt, T value, string name, OptimizerRule rule)
        where T : unmanaged, IEquatable<T>
    {
        if (!hasIt && !value.Equals(default))
        {
            throw OutOfRange(value, name, $"must be {default(T)}: {rule} has none");
        }
    }
}

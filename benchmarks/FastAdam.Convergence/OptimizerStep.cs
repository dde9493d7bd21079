namespace FastAdam.Convergence;

/// <summary>Steps of <see cref="Optimizer"/> in single precision, with the state that stands at <see cref="OptimizerRule"/>.</summary>
internal sealed class OptimizerStep(OptimizerOptions options) : IStep<float, float>
{
    private readonly float[] _expAvg = StateArray(options.Rule switch
    {
        OptimizerRule.AdaGrad => false,
        OptimizerRule.Sgd or OptimizerRule.RmsProp => options.Momentum > 0,
        _ => true,
    });

    private readonly float[] _expAvgSq = StateArray(options.Rule is not (OptimizerRule.Sgd or OptimizerRule.Lion));
    private readonly float[] _maxExpAvgSq = StateArray(options.AmsGrad || options.Centered);
    private readonly double[] _momentumProduct = options.Rule == OptimizerRule.NAdam ? [1] : [];

    public double LossScale => options.GradientScale;

    public double StateBytes =>
        ((_expAvg.Length + _expAvgSq.Length + _maxExpAvgSq.Length) * sizeof(float)) + (_momentumProduct.Length * sizeof(double));

    public void Step(float[] parameters, float[] gradients, long step) =>
        Optimizer.Step<float, float, float, float>(
            parameters, gradients, _expAvg, _expAvgSq, _maxExpAvgSq, step, options, default, _momentumProduct);

    private static float[] StateArray(bool isKept) => isKept ? new float[Network.ParameterCount] : [];
}

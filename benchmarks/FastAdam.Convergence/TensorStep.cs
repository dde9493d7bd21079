using FastAdam.Convergence.Formats;

namespace FastAdam.Convergence;

/// <summary>Steps of <see cref="Optimizer"/> with moments in any storage, and parameters that are stored by themselves.</summary>
internal unsafe class TensorStep<TParameter, TGradient>(ParameterGroup options, Func<int, bool, IMomentStorage> moment)
    : IStep<TParameter, TGradient>
    where TParameter : unmanaged
    where TGradient : unmanaged
{
    private readonly IMomentStorage _firstMoment = moment(Network.ParameterCount, false);
    private readonly IMomentStorage _secondMoment = moment(Network.ParameterCount, true);

    public double LossScale => options.GradientScale;

    public double StateBytes => _firstMoment.Bytes + _secondMoment.Bytes + ParameterStateBytes;

    /// <summary>What the parameters' storage keeps beside the parameters.</summary>
    protected virtual long ParameterStateBytes => 0;

    public void Step(TParameter[] parameters, TGradient[] gradients, long step)
    {
        fixed (TParameter* p = parameters)
        fixed (TGradient* g = gradients)
        {
            var tensor = OptimizerTensor.Create(
                Network.ParameterCount, ParameterArray(p), TensorArray.Of(g), _firstMoment.Array, _secondMoment.Array);
            Optimizer.Step([tensor], [options], step);
        }
    }

    /// <summary>The array that a step updates.</summary>
    protected virtual TensorArray ParameterArray(TParameter* parameters) => TensorArray.Of(parameters);
}

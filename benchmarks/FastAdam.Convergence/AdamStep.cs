using System.Runtime.CompilerServices;

namespace FastAdam.Convergence;

/// <summary>Steps of <see cref="Adam"/>.</summary>
internal sealed class AdamStep<TParameter, TGradient, TMoment>(ParameterGroup options) : IStep<TParameter, TGradient>
    where TParameter : unmanaged
    where TGradient : unmanaged
    where TMoment : unmanaged
{
    private readonly TMoment[] _expAvg = new TMoment[Network.ParameterCount];
    private readonly TMoment[] _expAvgSq = new TMoment[Network.ParameterCount];

    public double LossScale => options.GradientScale;

    public double StateBytes => (_expAvg.Length + _expAvgSq.Length) * Unsafe.SizeOf<TMoment>();

    public void Step(TParameter[] parameters, TGradient[] gradients, long step) =>
        Adam.Step(parameters, gradients, _expAvg, _expAvgSq, step, options);
}

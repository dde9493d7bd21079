using FastAdam.Convergence.Formats;

namespace FastAdam.Convergence;

/// <summary>Steps that round bf16 parameters at random.</summary>
internal sealed unsafe class StochasticStep<TGradient>(ParameterGroup options, Func<int, bool, IMomentStorage> moment)
    : TensorStep<BFloat16, TGradient>(options, moment)
    where TGradient : unmanaged
{
    protected override TensorArray ParameterArray(BFloat16* parameters) => TensorArray.Stochastic(parameters);
}

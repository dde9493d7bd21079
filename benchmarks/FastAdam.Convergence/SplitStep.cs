using FastAdam.Convergence.Formats;

namespace FastAdam.Convergence;

/// <summary>Steps that keep the lower halves of fp32 parameters, of which the network has the upper ones; they are zero at first.</summary>
internal sealed unsafe class SplitStep<TGradient>(ParameterGroup options, Func<int, bool, IMomentStorage> moment)
    : TensorStep<BFloat16, TGradient>(options, moment)
    where TGradient : unmanaged
{
    private readonly ushort[] _lower = GC.AllocateArray<ushort>(Network.ParameterCount, pinned: true);

    protected override long ParameterStateBytes => Network.ParameterCount * sizeof(ushort);

    protected override TensorArray ParameterArray(BFloat16* parameters) => TensorArray.Split(
        parameters, (ushort*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(_lower, 0));
}

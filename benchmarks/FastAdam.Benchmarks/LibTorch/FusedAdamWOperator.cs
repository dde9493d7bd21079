using System.Runtime.InteropServices;

namespace FastAdam.Benchmarks.LibTorch;

/// <summary>
/// libtorch's operator as C++ programs call it, at::_ops::_fused_adamw_::call, without the conversions of its C interface. The
/// references to arrays of tensors are a pointer and a length; a tensor is a pointer to its implementation.
/// </summary>
internal static unsafe partial class FusedAdamWOperator
{
    // An optional tensor that is absent: no pointer, and a flag that is false.
    private static readonly nint _noTensor = (nint)NativeMemory.AllocZeroed(2, sizeof(ulong));

    public static void Call(
        TorchTensors parameters,
        TorchTensors gradients,
        TorchTensors expAvgs,
        TorchTensors expAvgSqs,
        TorchTensors steps,
        in ParameterGroup options) =>
        Call(
            parameters,
            gradients,
            expAvgs,
            expAvgSqs,
            default, // max_exp_avg_sqs: none without AMSGrad
            steps,
            options.LearningRate,
            options.Beta1,
            options.Beta2,
            options.WeightDecay,
            options.Epsilon,
            amsgrad: 0,
            maximize: 0,
            gradScale: _noTensor,
            foundInf: _noTensor);

    [LibraryImport(
        "torch_cpu",
        EntryPoint = "_ZN2at4_ops13_fused_adamw_4callEN3c108ArrayRefINS_6TensorEEES5_S5_S5_S5_S5_dddddbbRKSt8optionalIS4_ES9_")]
    private static partial void Call(
        TorchTensors parameters,
        TorchTensors gradients,
        TorchTensors expAvgs,
        TorchTensors expAvgSqs,
        TorchTensors maxExpAvgSqs,
        TorchTensors steps,
        double learningRate,
        double beta1,
        double beta2,
        double weightDecay,
        double epsilon,
        byte amsgrad,
        byte maximize,
        nint gradScale,
        nint foundInf);

    /// <summary>c10::ArrayRef of tensors.</summary>
    /// <param name="tensors">Handles of the C interface, which point to tensors. The memory of the array is not given back: a few
    /// thousand bytes in a program's life.</param>
    [StructLayout(LayoutKind.Sequential)]
    internal readonly struct TorchTensors(ulong[] tensors)
    {
        private readonly nint _first = Implementations(tensors);
        private readonly nuint _length = (nuint)tensors.Length;

        private static nint Implementations(ulong[] tensors)
        {
            nint* copy = (nint*)NativeMemory.Alloc((nuint)tensors.Length, (nuint)sizeof(nint));
            for (int i = 0; i < tensors.Length; i++)
            {
                copy[i] = *(nint*)tensors[i];
            }

            return (nint)copy;
        }
    }
}

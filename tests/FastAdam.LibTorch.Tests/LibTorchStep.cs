using FastAdam.Kernels;
using Xunit;

namespace FastAdam.LibTorch.Tests;

/// <summary>Single steps over single tensors by libtorch, to compare with.</summary>
internal static unsafe class LibTorchStep
{
    private static readonly string? _unavailable = Prepare();

    /// <summary>Skips the running test, and says why, where there is no libtorch to compare with.</summary>
    public static void SkipUnlessAvailable() => Assert.SkipWhen(_unavailable is not null, _unavailable ?? "");

    /// <summary>One step over arrays of one storage type. Updates what the rule keeps.</summary>
    /// <param name="type">The storage type of all arrays.</param>
    /// <param name="parameters">Updated.</param>
    /// <param name="gradients">Divided by <paramref name="gradScale"/> in place where that is given.</param>
    /// <param name="first">The first moment or momentum buffer.</param>
    /// <param name="second">The second moment or sum of squares.</param>
    /// <param name="third">AMSGrad's maximum of the second moment.</param>
    /// <param name="length">Elements in each array.</param>
    /// <param name="step">The number of this step, from 1; at most 2^24.</param>
    /// <param name="options">The hyperparameters; the gradient scale in it is not looked at.</param>
    /// <param name="gradScale">grad_scale, or null to leave it out.</param>
    public static void Run(
        ElementType type,
        void* parameters,
        void* gradients,
        void* first,
        void* second,
        void* third,
        int length,
        long step,
        in ParameterGroup options,
        float? gradScale)
    {
        float state = step;
        float scale = gradScale.GetValueOrDefault();
        ulong List(void* array) => LibTorch.List(LibTorch.Tensor(array, length, type));
        ulong? scaling = gradScale is null ? null : LibTorch.Tensor(&scale, 1, ElementType.Float32);
        Span<ulong> stack = stackalloc ulong[LibTorch.ArgumentCount];
        switch (options.Rule)
        {
            case OptimizerRule.Adam:
                ulong maxima = options.AmsGrad ? List(third) : LibTorch.List();
                LibTorch.PushAdam(
                    stack, List(parameters), List(gradients), List(first), List(second), maxima, Number(&state), options, scaling);
                LibTorch.Call(options.DecoupledWeightDecay ? LibTorch.FusedAdamW : LibTorch.FusedAdam, stack);
                break;
            case OptimizerRule.Sgd:
                ulong buffers = options.Momentum == 0 ? LibTorch.List() : List(first);
                LibTorch.PushSgd(stack, List(parameters), List(gradients), buffers, options, isFirstStep: step == 1, scaling);
                LibTorch.Call(LibTorch.FusedSgd, stack);
                break;
            case OptimizerRule.AdaGrad:
                LibTorch.PushAdaGrad(stack, List(parameters), List(gradients), List(second), Number(&state), options, scaling);
                LibTorch.Call(LibTorch.FusedAdaGrad, stack);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(options), options.Rule, "libtorch has no fused operator for it.");
        }
    }

    /// <summary>A list of one number.</summary>
    private static ulong Number(float* number) => LibTorch.List(LibTorch.Tensor(number, 1, ElementType.Float32));

    private static string? Prepare()
    {
        if (LibTorch.Load() is { } reason)
        {
            return reason;
        }

        // These arrays are too small to share out. It would not change a bit: threads get whole cache lines, so no scalar tail
        // arises between them.
        LibTorch.SetThreadCount(1);

        // Without AVX2 it runs other code, which multiplies and adds with two roundings.
        string capability = LibTorch.CpuCapability();
        return capability is "AVX2" or "AVX512"
            ? null
            : $"libtorch runs its code for {capability} here, which rounds differently from that for AVX2.";
    }
}

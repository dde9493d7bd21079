using FastAdam.Kernels;
using Xunit;

namespace FastAdam.LibTorch.Tests;

/// <summary>Single steps over single tensors by libtorch, to compare with.</summary>
internal static unsafe class LibTorchStep
{
    private static readonly string? _unavailable = Prepare();

    /// <summary>Skips the running test, and says why, where there is no libtorch to compare with.</summary>
    public static void SkipUnlessAvailable() => Assert.SkipWhen(_unavailable is not null, _unavailable ?? "");

    /// <summary>
    /// One step of Adam or, with decoupled weight decay, AdamW over arrays of one storage type.
    /// </summary>
    /// <param name="type">The storage type of all four arrays.</param>
    /// <param name="parameters">Updated.</param>
    /// <param name="gradients">Divided by <paramref name="gradScale"/> in place where that is given.</param>
    /// <param name="expAvg">Updated.</param>
    /// <param name="expAvgSq">Updated.</param>
    /// <param name="length">Elements in each array.</param>
    /// <param name="step">The number of this step, from 1; at most 2^24.</param>
    /// <param name="options">The hyperparameters; the gradient scale in it is not looked at.</param>
    /// <param name="gradScale">grad_scale, or null to leave it out.</param>
    public static void Run(
        ElementType type,
        void* parameters,
        void* gradients,
        void* expAvg,
        void* expAvgSq,
        int length,
        long step,
        in AdamOptions options,
        float? gradScale)
    {
        float state = step;
        float scale = gradScale.GetValueOrDefault();
        Span<ulong> stack = stackalloc ulong[LibTorch.ArgumentCount];
        LibTorch.PushArguments(
            stack,
            LibTorch.List(LibTorch.Tensor(parameters, length, type)),
            LibTorch.List(LibTorch.Tensor(gradients, length, type)),
            LibTorch.List(LibTorch.Tensor(expAvg, length, type)),
            LibTorch.List(LibTorch.Tensor(expAvgSq, length, type)),
            LibTorch.List(LibTorch.Tensor(&state, 1, ElementType.Float32)),
            options,
            gradScale is null ? null : LibTorch.Tensor(&scale, 1, ElementType.Float32));
        LibTorch.FusedStep(options.DecoupledWeightDecay, stack);
    }

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

using System.Runtime.CompilerServices;
using FastAdam.Checks;
using FastAdam.Kernels;
using FastAdam.Passes;
using FastAdam.Rules;

namespace FastAdam.Steps;

/// <summary>A step of Adam or AdamW over one tensor: the short way of what most calls are.</summary>
internal static unsafe class AdamStep
{
    /// <param name="instructionSet">The instruction set.</param>
    /// <param name="types">The storage types.</param>
    /// <param name="arrays">The four arrays, which came as arguments.</param>
    /// <param name="constants">The step's.</param>
    /// <param name="threads">At most how many threads; 0 sets no limit.</param>
    /// <exception cref="ArgumentException">As in <see cref="Adam"/>.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(
        InstructionSet instructionSet, StorageTypes types, in UpdateArrays arrays, in StepConstants constants, int threads)
    {
        StepCheck.Threads(threads);
        AdamArraysCheck.Arrays(types, arrays);
        if (arrays.Length != 0)
        {
            ParallelRun.Run(KernelKey.OfAdam(instructionSet, types), arrays, constants, threads);
        }
    }
}

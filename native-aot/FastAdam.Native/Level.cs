using System.Runtime.InteropServices;
using FastAdam.Checks;
using FastAdam.Passes;

namespace FastAdam.Native;

/// <summary>What this library is for.</summary>
internal static class Level
{
    /// <summary>The face has chosen the library by its CPU's features: the widest that it was compiled for.</summary>
    public static readonly InstructionSet InstructionSet = InstructionSets.Supported[0];

    /// <summary>Makes steps over one element, and by that all that is made once in a process.</summary>
    public static unsafe void Prepare()
    {
        float* arrays = stackalloc float[4];
        var tensor = OptimizerTensor.Create(1, arrays, arrays + 1, arrays + 2, arrays + 3);
        ParameterGroup adam = ParameterGroup.Adam;
        Optimizer.Step(InstructionSet, [tensor], [adam], 1, default);
        Adam.Step(InstructionSet, arrays, arrays + 1, arrays + 2, arrays + 3, 1, 2, adam, threads: 1);
        long row = 0;
        var table = SparseTable.Create(1, 1, arrays, arrays + 2, arrays + 3, &row, arrays + 1, 1);
        SparseAdam.Step(InstructionSet, [table], [adam], 3, default);
        double* numbers = stackalloc double[] { 1, 1, 0 };
        Optimizer.Swap(InstructionSet, [tensor with { Numbers = numbers }], [ParameterGroup.ScheduleFree], toEvaluation: true, threads: 1);
        delegate* unmanaged<void*, void*, void*, uint, void> executor = &RunNothing;
        ParallelRun.Run(default(ListPass) with { FloatBytes = 2 }, new Parallelism(2, 1, 1, new HostExecutor(executor, null)));
        try
        {
            StepCheck.Number(0);
        }
        catch (ArgumentOutOfRangeException exception)
        {
            Statuses.Of(exception);
        }
    }

    /// <summary>An executor that runs no part: whoever called it does the work.</summary>
    [UnmanagedCallersOnly]
    private static unsafe void RunNothing(void* context, void* run, void* work, uint parts)
    {
    }
}

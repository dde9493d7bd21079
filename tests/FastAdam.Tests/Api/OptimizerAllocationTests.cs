using System.Runtime.CompilerServices;
using Xunit;

namespace FastAdam.Tests.Api;

/// <summary>Steps of every rule, with everything around the update, leave nothing to the garbage collector.</summary>
public sealed unsafe class OptimizerAllocationTests
{
    public static TheoryData<OptimizerRule> Rules => [.. Enum.GetValues<OptimizerRule>()];

    [Theory]
    [MemberData(nameof(Rules))]
    public void Steps_on_the_calling_thread_allocate_nothing(OptimizerRule rule)
    {
        const int Length = 20_000;
        float[][] arrays = [.. Enumerable.Range(0, 5).Select(_ => GC.AllocateArray<float>(Length, pinned: true))];
        double[] product = GC.AllocateArray<double>(1, pinned: true);
        product[0] = 1;
        OptimizerTensor[] tensors =
        [
            OptimizerTensor.Create(Place(0, 0), Place(1, 0), Place(2, 0), Place(3, 0), Place(4, 0), 7) with { MomentumProduct = Product() },
            OptimizerTensor.Create(Place(0, 7), Place(1, 7), Place(2, 7), Place(3, 7), Place(4, 7), Length - 7)
                with { Group = 1, MomentumProduct = Product() },
        ];
        OptimizerOptions[] groups = [Defaults(rule), Defaults(rule) with { LearningRate = 0.1 }];
        var options = new StepOptions
        {
            MaxGradientNorm = 1,
            NonFiniteGradients = NonFiniteGradients.SkipStep,
            ReportsChanges = true,
            Threads = 1,
        };
        for (long step = 1; step <= 3; step++)
        {
            Optimizer.Step(tensors, groups, step, options);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (long step = 4; step <= 40; step++)
        {
            Optimizer.Step(tensors, groups, step, options);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        GC.KeepAlive((arrays, product));

        float* Place(int array, int element) => (float*)Unsafe.AsPointer(ref arrays[array][element]);
        double* Product() => (double*)Unsafe.AsPointer(ref product[0]);
    }

    private static OptimizerOptions Defaults(OptimizerRule rule) => rule switch
    {
        OptimizerRule.Adam => OptimizerOptions.AdamW with { AmsGrad = true },
        OptimizerRule.NAdam => OptimizerOptions.NAdam,
        OptimizerRule.RAdam => OptimizerOptions.RAdam,
        OptimizerRule.AdaMax => OptimizerOptions.AdaMax,
        OptimizerRule.Sgd => OptimizerOptions.Sgd with { Momentum = 0.9 },
        OptimizerRule.AdaGrad => OptimizerOptions.AdaGrad,
        OptimizerRule.RmsProp => OptimizerOptions.RmsProp with { Centered = true, Momentum = 0.9 },
        OptimizerRule.Lion => OptimizerOptions.Lion,
        _ => throw new ArgumentOutOfRangeException(nameof(rule)),
    };
}

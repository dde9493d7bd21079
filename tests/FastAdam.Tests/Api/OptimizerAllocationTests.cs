using System.Runtime.CompilerServices;
using FastAdam.Rules;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Api;

/// <summary>Steps of every rule, with everything around the update, leave nothing to the garbage collector.</summary>
public sealed unsafe class OptimizerAllocationTests
{
    public static TheoryData<string> Rules => [.. Enum.GetNames<RuleKind>()];

    [Theory]
    [MemberData(nameof(Rules))]
    public void Steps_on_the_calling_thread_allocate_nothing(string rule)
    {
        const int Length = 20_000;
        float[][] arrays = [.. Enumerable.Range(0, 6).Select(_ => GC.AllocateArray<float>(Length, pinned: true))];
        double[] numbers = GC.AllocateArray<double>(2 * ListArrays.MostNumbers, pinned: true);
        double[] examples = RuleFacts.Of(Enum.Parse<RuleKind>(rule)).ExampleNumbers();
        examples.CopyTo(numbers, 0);
        examples.CopyTo(numbers, ListArrays.MostNumbers);
        OptimizerTensor[] tensors =
        [
            OptimizerTensor.Create(7, Place(0, 0), Place(1, 0), Place(2, 0), Place(3, 0), Place(4, 0), Place(5, 0))
                with { Numbers = NumbersOf(0) },
            OptimizerTensor.Create(Length - 7, Place(0, 7), Place(1, 7), Place(2, 7), Place(3, 7), Place(4, 7), Place(5, 7))
                with { Group = 1, Numbers = NumbersOf(1) },
        ];
        ParameterGroup group = StepModes.Group(Enum.Parse<RuleKind>(rule), 0);
        ParameterGroup[] groups = [group, group with { LearningRate = 0.1 }];
        var around = new StepOptions
        {
            MaxGradientNorm = 1,
            NonFiniteGradients = NonFiniteGradients.SkipStep,
            ReportsChanges = true,
            Threads = 1,
        };
        for (long step = 1; step <= 3; step++)
        {
            Optimizer.Step(tensors, groups, step, around);
        }

        Allocations.RequireNone(() =>
        {
            for (long step = 4; step <= 40; step++)
            {
                // A learning rate that changes with each step makes the group new.
                groups[0] = group with { LearningRate = 0.1 / step };
                Optimizer.Step(tensors, groups, step, around);
            }
        });
        GC.KeepAlive((arrays, numbers));

        float* Place(int array, int element) => (float*)Unsafe.AsPointer(ref arrays[array][element]);
        double* NumbersOf(int tensor) => (double*)Unsafe.AsPointer(ref numbers[tensor * ListArrays.MostNumbers]);
    }
}

using FastAdam.Tests.Support;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace FastAdam.Tests.Api;

/// <summary>Random steps of every rule over every storage format against the contract, to the bit; whole, and in two parts.</summary>
public sealed unsafe class FormatStepTests
{
    public static TheoryData<InstructionSet> InstructionSetsHere => KernelData.InstructionSets;

    [Theory]
    [MemberData(nameof(InstructionSetsHere))]
    public void A_step_is_that_of_the_contract(InstructionSet instructionSet) =>
        Prop.ForAll(Arb.From(Gen.Choose(0, int.MaxValue).Select(seed => new FormatCase(seed))), each => RequireContract(each, instructionSet))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(Rounds.Of(1500)));

    private static void RequireContract(FormatCase each, InstructionSet instructionSet)
    {
        FormatRun run = each.Run(instructionSet);
        FormatArrays whole = run.Arrays.Copy();
        FormatArrays parts = run.Arrays.Copy();
        FormatArrays expected = run.Arrays.Copy();
        expected.Step(run.Group, run.Step, [.. run.Numbers], run.Seed, run.RandomId, run.FirstElement);

        Step(instructionSet, run, whole, 0, whole.Length);
        string? difference = whole.DifferenceFrom(expected);
        Assert.True(difference is null, $"{instructionSet}, {difference} at seed {each.Seed}: {run}");

        Step(instructionSet, run, parts, 0, run.Cut);
        Step(instructionSet, run, parts, run.Cut, parts.Length);
        difference = parts.DifferenceFrom(expected);
        Assert.True(difference is null, $"{instructionSet}, in parts, {difference} at seed {each.Seed}: {run}");
    }

    private static void Step(InstructionSet instructionSet, FormatRun run, FormatArrays arrays, int start, int end)
    {
        double[] numbers = [.. run.Numbers, 0];
        fixed (double* kept = numbers)
        {
            OptimizerTensor tensor = arrays.Tensor(start, end, run.FirstElement) with { Numbers = kept, RandomId = run.RandomId };
            Optimizer.Step(instructionSet, [tensor], [run.Group], run.Step, new StepOptions { Seed = run.Seed });
        }
    }
}

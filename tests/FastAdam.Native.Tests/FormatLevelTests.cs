using FastAdam.Rules;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Native.Tests;

/// <summary>fastadam_step of each level's library over the storage formats, against the managed one: the same bits.</summary>
public sealed unsafe class FormatLevelTests
{
    public static TheoryData<string> Levels => LevelLibrary.Names;

    [Theory]
    [MemberData(nameof(Levels))]
    public void Random_steps_over_every_format(string level)
    {
        var step = (delegate* unmanaged<NativeTensor*, nuint, GroupValues*, nuint, NativeStepOptions*, long, NativeReport*, int>)
            LevelLibrary.Export(level, "fastadam_level_step");
        for (int round = 0; round < 700; round++)
        {
            var each = new FormatCase(Seeds.Base + round);
            FormatRun run = each.Run(InstructionSet.Scalar);
            FormatArrays actual = run.Arrays.Copy();
            FormatArrays expected = run.Arrays.Copy();
            double[] numbers = [.. run.Numbers, 0];
            double[] others = [.. numbers];
            var options = new StepOptions { Seed = run.Seed };
            GroupValues group = run.Group.Values;
            NativeStepOptions nativeOptions = NativeStructs.Options(options);
            int status;
            fixed (double* kept = numbers, otherKept = others)
            {
                OptimizerTensor tensor = expected.Tensor(0, expected.Length, run.FirstElement) with
                {
                    Numbers = otherKept,
                    RandomId = run.RandomId,
                };
                Optimizer.Step(InstructionSet.Scalar, [tensor], [run.Group], run.Step, options);
                NativeTensor native = NativeStructs.Tensor(actual.Key, actual.Places()) with
                {
                    Numbers = kept,
                    RandomId = run.RandomId,
                    FirstElement = run.FirstElement,
                };
                status = step(&native, 1, &group, 1, &nativeOptions, run.Step, null);
            }

            Assert.True(status == 0, $"{level}: status {status} at seed {each.Seed}: {run}");
            string? difference = actual.DifferenceFrom(expected);
            Assert.True(difference is null, $"{level}: {difference} at seed {each.Seed}: {run}");
        }
    }
}

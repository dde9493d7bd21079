using FastAdam.Kernels;
using FastAdam.Passes;
using FastAdam.Rules;
using FastAdam.Tests.Reference;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Passes;

/// <summary>What a step reports has the same bits on every instruction set and for any number of threads, wherever the tensors are
/// cut among them.</summary>
[Collection(nameof(ThreadPoolTests))]
public sealed class ReportSumsTests
{
    private const int Block = 16_384;

    public static TheoryData<InstructionSet, int> Runs
    {
        get
        {
            var runs = new TheoryData<InstructionSet, int>();
            foreach (InstructionSet instructionSet in InstructionSets.Supported)
            {
                foreach (int threads in (int[])[1, 3, 7])
                {
                    runs.Add(instructionSet, threads);
                }
            }

            return runs;
        }
    }

    public ReportSumsTests() => ThreadPool.SetMinThreads(8, 1);

    [Theory]
    [MemberData(nameof(Runs))]
    public void Sums_are_in_the_order_of_the_contract(InstructionSet instructionSet, int threads)
    {
        var random = new Random(Seeds.Base + threads);
        string[] rules = Enum.GetNames<RuleKind>();
        for (int round = 0; round < Rounds.Of(3); round++)
        {
            int[] lengths = [Block, 3, Block + 1, 0, (2 * Block) + random.Next(1, Block), random.Next(1, 100)];
            GroupCase[] groups = [.. Enumerable.Range(0, 3).Select(_ => new GroupCase(random.GetItems(rules, 1)[0], random.Next()))];
            TensorCase[] tensors =
            [
                .. lengths.Select(length => new TensorCase(length, random.Next(729), random.Next(groups.Length), 0, random.Next(64))),
            ];
            var list = new ListCase(groups, tensors, random.Next(1, 100), default, NonFinite: round == 1 ? 3 : 0, random.Next());
            var arrays = ListArrays.Create(list, instructionSet);
            float[][] before = [.. arrays.Numbers(ArrayRole.Parameters)];
            float[] scales = [.. tensors.Select(tensor => (float)groups[tensor.Group].Value.GradientScale)];
            float[][] gradients =
            [
                .. arrays.Numbers(ArrayRole.Gradients).Zip(scales, (array, scale) => array.Select(number => number / scale).ToArray()),
            ];
            (GradientSums measured, ParameterSums compared) = Run(list, arrays, new Parallelism(threads, 1, (ulong)random.Next(1, 300_000)));

            float[][] after = [.. arrays.Numbers(ArrayRole.Parameters)];
            double[] expected =
            [
                OrderedNorm.Of(gradients),
                OrderedNorm.Of(before.Zip(after, (old, now) => old.Zip(now, (from, to) => to - from).ToArray())),
                OrderedNorm.Of(after),
                gradients.Sum(array => array.Count(number => !float.IsFinite(number))),
            ];
            double[] actual =
            [
                Math.Sqrt(measured.SquareSum), Math.Sqrt(compared.UpdateSquareSum), Math.Sqrt(compared.SquareSum), measured.NonFinite,
            ];
            Assert.True(
                expected.SequenceEqual(actual),
                $"{instructionSet}, {threads} threads: {string.Join(' ', actual)} instead of {string.Join(' ', expected)} at {list} {Seeds.Replay}");
        }
    }

    [Fact]
    public void The_public_step_reports_the_same_for_any_number_of_threads()
    {
        // Worth several threads, for the pass over gradients, too.
        const int Length = 1_200_001;
        (StepReport Report, float[][] Arrays) one = Step(1);
        Assert.Equal(OrderedNorm.Of([Gradients(Length)]), one.Report.GradientNorm);
        foreach (int threads in (int[])[0, 2, int.MaxValue])
        {
            (StepReport Report, float[][] Arrays) several = Step(threads);
            Assert.Equal(one.Report, several.Report);
            Assert.All(one.Arrays.Zip(several.Arrays), pair => Assert.True(pair.First.AsSpan().SequenceEqual(pair.Second)));
        }

        static (StepReport Report, float[][] Arrays) Step(int threads)
        {
            float[][] arrays = [[.. Enumerable.Range(0, Length).Select(i => 1 + (i % 17))], new float[Length], new float[Length]];
            var options = new StepOptions { MaxGradientNorm = 1, ReportsChanges = true, Threads = threads };
            StepReport report = OneTensor.Step(arrays[0], Gradients(Length), arrays[1..], 1, ParameterGroup.RAdam, options);
            return (report, arrays);
        }
    }

    private static float[] Gradients(int length) => [.. Enumerable.Range(0, length).Select(i => ((i * 7919L % 1009) - 500) / 1024f)];

    private static unsafe (GradientSums Gradients, ParameterSums Parameters) Run(
        ListCase list, ListArrays arrays, in Parallelism parallelism)
    {
        using var tensors = new CheckedList(
            [.. list.Tensors.Select((tensor, i) => new TensorWork(arrays.Keys[i], arrays[i].Places(), tensor.Group))]);
        StepConstants[] all = [.. list.Groups.Select(group => StepModes.Constants(group.Value, list.Step))];
        fixed (StepConstants* constants = all)
        {
            return (tensors.Tensors.MeasureGradients(constants, parallelism), tensors.Tensors.RunAndCompare(constants, parallelism));
        }
    }
}

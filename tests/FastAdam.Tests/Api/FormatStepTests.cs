using FastAdam.Kernels;
using FastAdam.Tests.Reference;
using FastAdam.Tests.Support;
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
        Properties.Check(
            Arb.From(Gen.Choose(0, int.MaxValue).Select(seed => new FormatCase(seed))),
            each => RequireContract(each, instructionSet),
            Rounds.Of(1500));

    /// <summary>The report is about the numbers that are stored, with all that is beside them.</summary>
    [Theory]
    [MemberData(nameof(InstructionSetsHere))]
    public void A_report_is_that_of_the_numbers_before_and_after(InstructionSet instructionSet)
    {
        for (int seed = 0; seed < 300; seed++)
        {
            FormatRun run = new FormatCase(Seeds.Base + seed).Run(instructionSet);
            FormatArrays arrays = run.Arrays.Copy();
            float[] before = arrays.Read(ArrayRole.Parameters);
            StepReport report = Step(instructionSet, run, arrays, 0, arrays.Length, reportsChanges: true);
            float[] after = arrays.Read(ArrayRole.Parameters);
            double wanted = OrderedNorm.Of([[.. after.Zip(before, (now, old) => now - old)]]);
            int unchanged = after.Zip(before).Count(pair => pair.First.Equals(pair.Second) && (pair.First != 0 || float.IsNegative(pair.First) == float.IsNegative(pair.Second)));
            bool isRight = wanted.Equals(report.UpdateNorm!.Value)
                && OrderedNorm.Of([after]).Equals(report.ParameterNorm!.Value)
                && report.UnchangedShare == unchanged / (double)arrays.Length;
            Assert.True(isRight, $"{instructionSet}, {report}, not {wanted:r} and {unchanged} at seed {Seeds.Base + seed}: {run}");
        }
    }

    [Fact]
    public void The_same_tensor_with_other_scales_is_another_one()
    {
        float[] parameters = [1], gradients = [1];
        byte[] codes = [0, 0];
        float[] scales = new float[4];
        fixed (float* p = parameters, g = gradients, s = scales)
        fixed (byte* q = codes)
        {
            for (int i = 0; i < 2; i++)
            {
                OptimizerTensor tensor = OptimizerTensor.Create(
                    1, p, g, TensorArray.Block8(q, s + i), TensorArray.Block8(q + 1, s + 2 + i));
                Optimizer.Step([tensor], [ParameterGroup.Adam], 1);
            }
        }

        Assert.All(scales, scale => Assert.True(scale > 0));
    }

    [Theory]
    [MemberData(nameof(InstructionSetsHere))]
    public void Parameters_for_evaluation_are_those_of_single_precision(InstructionSet instructionSet)
    {
        const int N = 300;
        var random = new Random(Seeds.Base);
        float[] p = [.. Enumerable.Range(0, N).Select(_ => (float)(BFloat16)(random.NextSingle() - 0.5f))];
        float[] z = [.. Enumerable.Range(0, N).Select(_ => random.NextSingle() - 0.5f)];
        var upper = new BFloat16[N];
        ushort[] lower = new ushort[N];
        BFloat16[] rounded = [.. p.Select(number => (BFloat16)number)];
        float[] joined = new float[N];
        double[] numbers = [1, 0.01, 0, 1, 0.01, 0, 1, 0.01, 0];
        fixed (float* parameters = p, state = z)
        fixed (BFloat16* u = upper, r = rounded)
        fixed (ushort* l = lower)
        fixed (double* kept = numbers)
        {
            var split = TensorArray.Split(u, l);
            split.Encode(p);
            OptimizerTensor[] tensors =
            [
                OptimizerTensor.Create(N, parameters, default, state) with { Numbers = kept },
                OptimizerTensor.Create(N, split, default, state) with { Numbers = kept + 3 },
                OptimizerTensor.Create(N, TensorArray.Stochastic(r), default, state) with { Numbers = kept + 6 },
            ];
            foreach (OptimizerTensor tensor in tensors)
            {
                Optimizer.Swap(instructionSet, [tensor], [ParameterGroup.ScheduleFree], toEvaluation: true, threads: 1);
            }

            split.Decode(joined);
        }

        Assert.Equal(p, joined);
        Assert.Equal([.. p.Select(number => (float)(BFloat16)number)], [.. rounded.Select(number => (float)number)]);
    }

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

    private static StepReport Step(
        InstructionSet instructionSet, FormatRun run, FormatArrays arrays, int start, int end, bool reportsChanges = false)
    {
        double[] numbers = [.. run.Numbers, 0];
        fixed (double* kept = numbers)
        {
            OptimizerTensor tensor = arrays.Tensor(start, end, run.FirstElement) with { Numbers = kept, RandomId = run.RandomId };
            return Optimizer.Step(
                instructionSet,
                [tensor],
                [run.Group],
                run.Step,
                new StepOptions { Seed = run.Seed, ReportsChanges = reportsChanges });
        }
    }
}

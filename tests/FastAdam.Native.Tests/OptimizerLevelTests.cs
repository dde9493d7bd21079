using FastAdam.Kernels;
using FastAdam.Rules;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Native.Tests;

/// <summary>fastadam_step of each level's library against the managed one: the same bits and the same report.</summary>
public sealed unsafe class OptimizerLevelTests
{
    private static readonly KernelKey[] _keys =
        [.. Enum.GetValues<RuleKind>().SelectMany(rule => KernelData.Of(InstructionSet.Scalar, rule))];

    public static TheoryData<string> Levels => LevelLibrary.Names;

    [Theory]
    [MemberData(nameof(Levels))]
    public void Every_rule_in_every_mixture_of_storage_types(string level)
    {
        var random = new Random(Seeds.Base);
        foreach (KernelKey key in _keys)
        {
            int modes = RuleFacts.Of(key.Rule).Modes.Length;
            for (int mode = 0; mode < modes; mode++)
            {
                ParameterGroup group = StepModes.Group(key.Rule, mode);
                Compare(level, random, [key], [group], [random.Next(1, 150)], default, threads: 1, $"mode {mode}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Lists_of_groups_with_everything_around_the_update(string level)
    {
        var random = new Random(Seeds.Base);
        for (int round = 0; round < 120; round++)
        {
            // Long enough for several threads now and then.
            bool isLong = round % 30 == 0;
            KernelKey[] keys = random.GetItems(_keys, random.Next(1, 9));
            ParameterGroup[] groups = [.. keys.Select(key => StepModes.Group(key.Rule, random.Next(100)))];
            int[] lengths =
                [.. keys.Select(_ => isLong ? random.Next(400_000) : random.Next(3) == 0 ? random.Next(9000) : random.Next(70))];
            var options = new StepOptions
            {
                MaxGradientNorm = random.Next(4) switch { 0 => null, 1 => double.PositiveInfinity, 2 => 0.1, _ => 1e6 },
                NonFiniteGradients = random.Next(2) == 0 ? NonFiniteGradients.SkipStep : NonFiniteGradients.Propagate,
                ReportsChanges = random.Next(2) == 0,
            };
            Compare(level, random, keys, groups, lengths, options, random.Next(4), $"round {round}");
        }
    }

    /// <summary>One step in both libraries over the same tensors, each with a group of its own.</summary>
    private static void Compare(
        string level,
        Random random,
        KernelKey[] keys,
        ParameterGroup[] groups,
        int[] lengths,
        in StepOptions options,
        int threads,
        string name)
    {
        var step = (delegate* unmanaged<NativeTensor*, nuint, GroupValues*, nuint, NativeStepOptions*, long, NativeReport*, int>)
            LevelLibrary.Export(level, "fastadam_level_step");
        int count = keys.Length;
        long t = random.Next(1, 5000);

        // Which parameters are NaN is the same everywhere, but not the bits of those, and so not their changes.
        bool isTrainingLike = options.ReportsChanges || random.Next(2) == 0;
        var actual = new TestArrays[count];
        var expected = new TestArrays[count];
        double* numbers = stackalloc double[2 * count * TensorNumbers.Capacity];
        double* others = numbers + (count * TensorNumbers.Capacity);
        var nativeTensors = new NativeTensor[count];
        var tensors = new OptimizerTensor[count];
        for (int i = 0; i < count; i++)
        {
            actual[i] = TestArrays.Create(keys[i], lengths[i], [random.Next(64), random.Next(64), random.Next(64), random.Next(64)]);
            actual[i].Fill(keys[i], random);
            if (isTrainingLike)
            {
                FillLikeTraining(actual[i], keys[i], random);
            }

            expected[i] = actual[i].CopyAligned();
            int first = i * TensorNumbers.Capacity;
            RuleFacts.Of(keys[i].Rule).DrawNumbers(random).CopyTo(new Span<double>(numbers + first, TensorNumbers.Capacity));
            new Span<double>(numbers + first, TensorNumbers.Capacity).CopyTo(new Span<double>(others + first, TensorNumbers.Capacity));
            long ownStep = random.Next(2) == 0 ? 0 : random.Next(1, 100);
            tensors[i] = Tensor(keys[i], expected[i].Places()) with
            {
                Group = i,
                Step = ownStep,
                Numbers = others + first,
            };
            nativeTensors[i] = NativeStructs.Tensor(keys[i], actual[i].Places()) with
            {
                Group = i,
                Step = ownStep,
                Numbers = numbers + first,
            };
        }

        StepReport report = Optimizer.Step(InstructionSet.Scalar, tensors, groups, t, options with { Threads = 1 });
        GroupValues[] nativeGroups = [.. groups.Select(group => group.Values)];
        NativeStepOptions nativeOptions = NativeStructs.Options(options with { Threads = threads });
        NativeReport nativeReport = NativeStructs.Report();
        int status;
        fixed (NativeTensor* first = nativeTensors)
        fixed (GroupValues* group = nativeGroups)
        {
            status = step(
                first, (nuint)count, group, (nuint)count, options == default && threads == 1 ? null : &nativeOptions, t, &nativeReport);
        }

        string where = $"{level}, {name}, {string.Join(", ", keys)}, lengths {string.Join(' ', lengths)}, t {t} {Seeds.Replay}";
        Assert.True(status == 0, $"status {status}: {where}");
        for (int i = 0; i < count; i++)
        {
            string? difference = actual[i].DifferenceFrom(expected[i]);
            Assert.True(difference is null, $"tensor {i}: {difference}: {where}");
        }

        for (int i = 0; i < count * TensorNumbers.Capacity; i++)
        {
            Assert.True(numbers[i] == others[i], $"number {i} is {numbers[i]}, not {others[i]}: {where}");
        }

        string wanted = NativeStructs.Text(report);
        Assert.True(NativeStructs.Text(nativeReport) == wanted, $"{NativeStructs.Text(nativeReport)} instead of {wanted}: {where}");
    }

    /// <summary>A tensor with the arrays that the kernel has.</summary>
    private static OptimizerTensor Tensor(KernelKey key, UpdateArrays places) => new(places, key.Types);

    /// <summary>Finite numbers, whose norms are finite, too.</summary>
    private static void FillLikeTraining(TestArrays arrays, in KernelKey key, Random random)
    {
        foreach (ArrayRole role in Enum.GetValues<ArrayRole>())
        {
            double lowest = RuleFacts.Of(key.Rule).StateOf(role)?.IsNeverNegative ?? false ? 0 : -0.5;
            for (int i = 0; key.Has(role) && i < arrays.Length; i++)
            {
                Storage.Write(arrays.Array(role), key.Types[role], i, (float)(random.NextDouble() + lowest));
            }
        }
    }
}

using FastAdam.Kernels;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Native.Tests;

/// <summary>fastadam_optimizer_step of each level's library against the managed one: the same bits and the same report.</summary>
public sealed unsafe class OptimizerLevelTests
{
    private static readonly KernelKey[] _keys =
        [.. KernelRegistry.Supported.Where(key => key.InstructionSet == InstructionSet.Scalar)];

    public static TheoryData<string> Levels => LevelLibrary.Names;

    [Theory]
    [MemberData(nameof(Levels))]
    public void Every_rule_in_every_mixture_of_storage_types(string level)
    {
        var random = new Random(Seeds.Base);
        foreach (KernelKey key in _keys)
        {
            for (int mode = 0; mode < StepModes.Options(key.Rule).Count; mode++)
            {
                OptimizerOptions options = StepModes.Options(key.Rule, mode);
                Compare(level, random, [key], [options], [random.Next(1, 150)], default, threads: 1, $"mode {mode}");
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
            OptimizerOptions[] groups = [.. keys.Select(key => StepModes.Options(key.Rule, random.Next(100)))];
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
        OptimizerOptions[] groups,
        int[] lengths,
        in StepOptions options,
        int threads,
        string name)
    {
        var step = (delegate* unmanaged<NativeGroupTensor*, nuint, NativeGroup*, nuint, NativeStepOptions*, long, NativeReport*, int>)
            LevelLibrary.Export(level, "fastadam_level_optimizer_step");
        int count = keys.Length;
        long t = random.Next(1, 5000);

        // Which parameters are NaN is the same everywhere, but not the bits of those, and so not their changes.
        bool isTrainingLike = options.ReportsChanges || random.Next(2) == 0;
        var actual = new TestArrays[count];
        var expected = new TestArrays[count];
        double* products = stackalloc double[2 * count];
        var nativeTensors = new NativeGroupTensor[count];
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
            products[i] = products[count + i] = random.NextDouble();
            long ownStep = random.Next(2) == 0 ? 0 : random.Next(1, 100);
            TensorWork work = expected[i].Work(keys[i]);
            tensors[i] = new OptimizerTensor(
                keys[i].Parameters, keys[i].Gradients, keys[i].First, keys[i].Second, work.Streams) with
            {
                Group = i,
                Step = ownStep,
                MomentumProduct = products + count + i,
            };
            nativeTensors[i] = new NativeGroupTensor
            {
                Arrays = new NativeTensor(actual[i].Work(keys[i])),
                Group = i,
                Step = ownStep,
                MomentumProduct = products + i,
            };
        }

        StepReport report = Optimizer.Step(InstructionSet.Scalar, tensors, groups, t, options with { Threads = 1 });
        NativeGroup[] nativeGroups = [.. groups.Select(group => NativeGroup.Of(group))];
        var nativeOptions = NativeStepOptions.Of(options with { Threads = threads });
        var nativeReport = new NativeReport { StructSize = (uint)sizeof(NativeReport) };
        int status;
        fixed (NativeGroupTensor* first = nativeTensors)
        fixed (NativeGroup* group = nativeGroups)
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
            Assert.True(products[i] == products[count + i], $"product {i} is {products[i]}, not {products[count + i]}: {where}");
        }

        NativeReport wanted = NativeReport.Of(report);
        Assert.True(nativeReport.Equals(wanted), $"{nativeReport} instead of {wanted}: {where}");
    }

    /// <summary>Finite numbers, whose norms are finite, too.</summary>
    private static void FillLikeTraining(TestArrays arrays, in KernelKey key, Random random)
    {
        for (int array = 0; array < Streams.Count; array++)
        {
            for (int i = 0; key.Has(array) && i < arrays.Length; i++)
            {
                Storage.Write(arrays.Array(array), key.Type(array), i, (float)(random.NextDouble() - (array == 3 ? 0 : 0.5)));
            }
        }
    }
}

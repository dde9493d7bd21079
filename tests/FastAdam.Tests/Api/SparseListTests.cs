using System.Text.RegularExpressions;
using FastAdam.Kernels;
using FastAdam.Tests.Reference;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Api;

/// <summary>Adam over rows of several tables as one step, with what stands around the update.</summary>
public sealed unsafe class SparseListTests
{
    private static readonly Dictionary<string, Func<Call, Random, Error>> _flaws = new()
    {
        ["step"] = (call, _) => Error.OutOfRange("step", "The step must be at least 1", call.Step = 0),
        ["threads"] = (call, _) =>
        {
            call.Options = call.Options with { Threads = -1 };
            return Error.OutOfRange("options", "StepOptions.Threads must be at least 0", -1);
        },
        ["rule"] = (call, random) => InGroup(
            call, random, options => ParameterGroup.RAdam, "Rule must be Adam", OptimizerRule.RAdam),
        ["AMSGrad"] = (call, random) => InGroup(call, random, options => options with { AmsGrad = true }, "AmsGrad must be False", true),
        ["weight decay"] = (call, random) => InGroup(
            call, random, options => options with { WeightDecay = 0.5 }, "WeightDecay must be 0", 0.5),
        ["number of a group"] = (call, random) => InGroup(
            call, random, options => options with { Beta2 = 1 }, "Beta2 must be at least 0 and below 1", 1.0),
        ["table's group"] = (call, random) => InTable(
            call, random, table => table with { Group = call.Groups.Length }, "Group is none of the", call.Groups.Length),
        ["table's step"] = (call, random) => InTable(call, random, table => table with { Step = -1 }, "Step must be at least 1", -1L),
        ["rows"] = (call, random) => InTable(
            call,
            random,
            i => call.Cases[i].Table(rows: nuint.MaxValue / 3),
            "parameters would end beyond the address space",
            i => Elements(nuint.MaxValue / 3, (nuint)call.Cases[i].RowLength)),
        ["row's length"] = (call, random) => InTable(
            call,
            random,
            i => call.Cases[i].Table(rowLength: nuint.MaxValue / 2),
            "parameters would end beyond the address space",
            i => Elements((nuint)call.Cases[i].Rows, nuint.MaxValue / 2)),
        ["count"] = (call, random) => InTable(
            call, random, i => call.Cases[i].Table(count: (nuint)1 << 31), @"Count must be at most 2\^31 - 1", _ => (nuint)1 << 31),
        ["index"] = BadIndex,
        ["null array"] = NullArray,
        ["overlap"] = Overlap,
    };

    public static TheoryData<InstructionSet> InstructionSetsHere => KernelData.InstructionSets;

    public static TheoryData<string> Flaws => [.. _flaws.Keys];

    [Theory]
    [MemberData(nameof(InstructionSetsHere))]
    public void All_rows_are_updated_as_by_the_formula(InstructionSet instructionSet)
    {
        var random = new Random(Seeds.Base);
        for (int round = 0; round < Rounds.Of(150); round++)
        {
            var call = new Call(instructionSet, random);
            double limit = random.Next(3) switch { 0 => double.PositiveInfinity, 1 => 0.5, _ => 50 };
            call.Options = new StepOptions
            {
                MaxGradientNorm = random.Next(3) == 0 ? null : limit,
                NonFiniteGradients = random.Next(2) == 0 ? NonFiniteGradients.Propagate : NonFiniteGradients.SkipStep,
                ReportsChanges = random.Next(2) == 0,
                Threads = random.Next(3),
            };
            TestArrays[] before = call.Copy();
            StepReport report = call.Run(instructionSet);

            double norm = OrderedNorm.Of(call.Cases.SelectMany(each => Sums(each, call.OptionsOf(each))));
            bool hasNorm = call.Options.MaxGradientNorm is not null;
            double quotient = hasNorm ? call.Options.MaxGradientNorm!.Value / (norm + 1e-6) : 1;
            TestArrays[] expected = [.. before.Select(arrays => arrays.CopyAligned())];
            for (int i = 0; i < expected.Length; i++)
            {
                SparseCase each = call.Cases[i];
                ReferenceSparseAdam.Step(
                    each.Key,
                    expected[i],
                    each.RowLength,
                    each.Indices,
                    each.Gradients,
                    each.Step == 0 ? call.Step : each.Step,
                    call.OptionsOf(each),
                    quotient > 1 ? 1 : quotient);
                string? difference = each.Tables.DifferenceFrom(expected[i]);
                Assert.True(difference is null, $"round {round}, table {i} of {call}: {difference} {Seeds.Replay}");
            }

            bool looks = hasNorm || call.Options.NonFiniteGradients == NonFiniteGradients.SkipStep;
            StepReport wanted = new(false, looks ? 0 : null, hasNorm ? norm : null, null, null, null);
            wanted = call.Options.ReportsChanges ? Changes(wanted, call, before, expected) : wanted;
            Assert.True(wanted == report, $"round {round}, {report} instead of {wanted} of {call} {Seeds.Replay}");
        }
    }

    [Theory]
    [MemberData(nameof(InstructionSetsHere))]
    public void A_sum_that_is_not_finite_skips_the_step(InstructionSet instructionSet)
    {
        const int Length = 40;
        float[] arrays = GC.AllocateArray<float>(6 * Length, pinned: true);
        long[] indices = GC.AllocateArray<long>(3, pinned: true);
        fixed (float* p = arrays)
        fixed (long* index = indices)
        {
            // Each finite; twice as much is not in the elements 3 and 4 of row 0.
            float* g = p + (3 * Length);
            (g[3], g[4], g[23], g[24], g[45]) = (3e38f, -2e38f, 3e38f, -2e38f, 3e38f);
            (index[0], index[1], index[2]) = (0, 0, 1);
            float[] before = [.. arrays];
            var table = SparseTable.Create(2, 20, p, p + Length, p + (2 * Length), index, g, 3);
            var options = new StepOptions { NonFiniteGradients = NonFiniteGradients.SkipStep };
            StepReport report = SparseAdam.Step(instructionSet, [default, table], [ParameterGroup.Adam], 1, options);
            Assert.Equal(new StepReport(true, 2, null, null, null, null), report);
            Assert.Equal(before, arrays);

            report = SparseAdam.Step(instructionSet, [default, table], [ParameterGroup.Adam with { GradientScale = 2 }], 1, options);
            Assert.Equal(2, report.NonFiniteGradients);
            report = SparseAdam.Step(instructionSet, [default, table], [ParameterGroup.Adam], 1, default);
            Assert.Equal(new StepReport(false, null, null, null, null, null), report);
            Assert.Equal([3, 4], Enumerable.Range(0, Length).Where(i => !float.IsFinite(arrays[i])));
        }
    }

    [Fact]
    public void Steps_allocate_nothing()
    {
        var call = new Call(InstructionSets.Current, new Random(Seeds.Base))
        {
            Options = new StepOptions { MaxGradientNorm = 1, ReportsChanges = true, Threads = 1 },
        };
        for (int step = 0; step < 3; step++)
        {
            call.Run(InstructionSets.Current);
        }

        Allocations.RequireNone(() =>
        {
            for (int step = 0; step < 40; step++)
            {
                call.Run(InstructionSets.Current);
            }
        });
    }

    [Theory]
    [MemberData(nameof(Flaws))]
    public void Nothing_is_touched(string flaw)
    {
        var random = new Random(Seeds.Base);
        for (int round = 0; round < Rounds.Of(60); round++)
        {
            InstructionSet instructionSet = random.GetItems([.. InstructionSets.Supported], 1)[0];
            var call = new Call(instructionSet, random);
            Error expected = _flaws[flaw](call, random);
            TestArrays[] before = call.Copy();
            Exception? thrown = Record.Exception(() => { call.Run(instructionSet); });
            string where = $"{expected} in round {round} of {call} {Seeds.Replay}";
            Assert.True(thrown?.GetType() == expected.Type, $"{thrown} instead of {where}");
            Assert.True(((ArgumentException)thrown!).ParamName == expected.Argument, $"{thrown} instead of {where}");
            Assert.True(Regex.IsMatch(thrown.Message, $"^{expected.Message}"), $"{thrown} instead of {where}");
            Assert.True(Equals((thrown as ArgumentOutOfRangeException)?.ActualValue, expected.Value), $"{thrown} instead of {where}");
            for (int i = 0; i < before.Length; i++)
            {
                Assert.True(call.Cases[i].Tables.DifferenceFrom(before[i]) is null, $"table {i} was written: {where}");
            }
        }
    }

    private static Error InGroup(Call call, Random random, Func<ParameterGroup, ParameterGroup> change, string message, object value)
    {
        int j = random.Next(call.Groups.Length);
        call.Groups[j] = change(call.Groups[j]);
        return Error.OutOfRange("groups", $@"groups\[{j}\]: ParameterGroup.{message}", value);
    }

    private static Error InTable(Call call, Random random, Func<SparseTable, SparseTable> change, string message, object value)
    {
        int i = random.Next(call.Tables.Length);
        call.Tables[i] = change(call.Tables[i]);
        return Error.OutOfRange("tables", $@"tables\[{i}\]: {message}", value);
    }

    private static Error InTable(Call call, Random random, Func<int, SparseTable> change, string message, Func<int, nuint> value)
    {
        int i = random.Next(call.Tables.Length);
        call.Tables[i] = change(i);
        return Error.OutOfRange("tables", $@"tables\[{i}\]: {message}", value(i));
    }

    /// <summary>How many elements a table has, as far as the address space goes.</summary>
    private static nuint Elements(nuint rows, nuint rowLength) => (nuint)UInt128.Min((UInt128)rows * rowLength, nuint.MaxValue);

    private static Error BadIndex(Call call, Random random)
    {
        int i = AnyTable(call, random);
        SparseCase bad = call.Cases[i];
        int place = random.Next(bad.Indices.Length);
        bad.Indices[place] = random.Next(2) == 0 ? bad.Rows : -1 - random.NextInt64(long.MaxValue);
        return Error.OutOfRange(
            "tables", $@"tables\[{i}\]: indices\[{place}\] is the index of none of the {bad.Rows} rows", bad.Indices[place]);
    }

    private static Error NullArray(Call call, Random random)
    {
        int i = AnyTable(call, random);
        int array = random.Next(_names.Length);
        call.Tables[i] = call.Cases[i].Table(array, null);
        return new Error(typeof(ArgumentNullException), "tables", $@"tables\[{i}\]: {_names[array]} is null", null);
    }

    private static Error Overlap(Call call, Random random)
    {
        int i = AnyTable(call, random);
        int j = AnyTable(call, random);
        (int array, int other) = (random.Next(_names.Length), random.Next(3));
        if ((i, array) == (j, other))
        {
            array = (array + 1) % _names.Length;
        }

        // The first byte of the one on the first of the other, whose rows are all of one table.
        UpdateArrays places = call.Cases[j].Tables.Places();
        void* place = other switch { 0 => places.Parameters, 1 => places.FirstState, _ => places.SecondState };
        call.Tables[i] = call.Cases[i].Table(array, place);

        // Longer than the other, it may lie on a third one, too.
        return new Error(
            typeof(ArgumentException), "tables", @"tables\[\d+\]: [A-Za-z]+ overlaps tables\[\d+\] [A-Za-z]+\.", null);
    }

    private static readonly string[] _names = ["parameters", "expAvg", "expAvgSq", "indices", "gradients"];

    private static int AnyTable(Call call, Random random)
    {
        int[] all = [.. Enumerable.Range(0, call.Cases.Length).Where(i => call.Cases[i].Indices.Length != 0)];
        return random.GetItems(all, 1)[0];
    }

    /// <summary>The gradients that a table's rows get, after their scale, in the order of the rows.</summary>
    private static IEnumerable<float[]> Sums(SparseCase table, ParameterGroup options) => table.Indices.Distinct().Order().Select(row =>
        ReferenceSparseAdam.Sum(table.Key, table.RowLength, table.Indices, table.Gradients, row)
            .Select(number => number / (float)options.GradientScale).ToArray());

    private static StepReport Changes(StepReport report, Call call, TestArrays[] before, TestArrays[] after)
    {
        float[][] old = [.. call.Cases.Zip(before).SelectMany(each => Rows(each.First, each.Second))];
        float[][] now = [.. call.Cases.Zip(after).SelectMany(each => Rows(each.First, each.Second))];
        long count = now.Sum(row => row.LongLength);
        long unchanged = old.Zip(now).Sum(pair => pair.First.Zip(pair.Second).LongCount(each => Storage.Same(
            ElementType.Float32, BitConverter.SingleToUInt32Bits(each.First), BitConverter.SingleToUInt32Bits(each.Second))));
        return report with
        {
            UpdateNorm = OrderedNorm.Of(old.Zip(now, (from, to) => from.Zip(to, (was, value) => value - was).ToArray())),
            ParameterNorm = OrderedNorm.Of(now),
            UnchangedShare = count == 0 ? 0 : unchanged / (double)count,
        };

        static IEnumerable<float[]> Rows(SparseCase table, TestArrays arrays) => table.Indices.Distinct().Order().Select(row =>
            Enumerable.Range((int)row * table.RowLength, table.RowLength)
                .Select(i => Storage.Read(arrays.Array(ArrayRole.Parameters), table.Key.Types[ArrayRole.Parameters], i)).ToArray());
    }

    private sealed class Call
    {
        public Call(InstructionSet instructionSet, Random random)
        {
            Groups =
            [
                .. Enumerable.Range(0, random.Next(1, 4)).Select(_ => ParameterGroup.Adam with
                {
                    LearningRate = 0.01 * random.NextDouble(),
                    Beta1 = 0.8,
                    Beta2 = 0.95,
                    Epsilon = 1e-3,
                    GradientScale = random.Next(2) == 0 ? 1 : 3,
                    Maximize = random.Next(2) == 0,
                }),
            ];
            do
            {
                Cases = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => new SparseCase(instructionSet, random, Groups.Length))];
            }
            while (Cases.All(each => each.Indices.Length == 0));

            Tables = [.. Cases.Select(each => each.Table())];
            Step = random.Next(1, 50);
        }

        public SparseCase[] Cases { get; }

        public SparseTable[] Tables { get; }

        public ParameterGroup[] Groups { get; }

        public long Step { get; set; }

        public StepOptions Options { get; set; }

        public ParameterGroup OptionsOf(SparseCase table) => Groups[table.Group];

        public StepReport Run(InstructionSet instructionSet) => SparseAdam.Step(instructionSet, Tables, Groups, Step, Options);

        public TestArrays[] Copy() => [.. Cases.Select(each => each.Tables.CopyAligned())];

        public override string ToString() =>
            $"step {Step}, {Options}, groups [{string.Join("; ", Groups)}], tables [{string.Join("; ", Cases.AsEnumerable())}]";
    }

    private sealed record Error(Type Type, string Argument, string Message, object? Value)
    {
        public static Error OutOfRange(string argument, string message, object value) =>
            new(typeof(ArgumentOutOfRangeException), argument, message, value);
    }
}

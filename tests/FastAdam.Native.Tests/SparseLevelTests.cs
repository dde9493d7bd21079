using System.Runtime.InteropServices;
using FastAdam.Rules;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Native.Tests;

/// <summary>Sparse steps of each level's library against the managed one: the same bits.</summary>
public sealed unsafe class SparseLevelTests
{
    private const int Count = 200;

    public static TheoryData<string> Levels => LevelLibrary.Names;

    [Theory]
    [MemberData(nameof(Levels))]
    public void Results_of_a_table_are_the_managed_librarys(string level)
    {
        var random = new Random(Seeds.Base);
        for (int round = 0; round < Count; round++)
        {
            ParameterGroup group = ParameterGroup.Adam with { GradientScale = random.Next(2) == 0 ? 1 : 4, Maximize = random.Next(2) == 0 };
            long t = random.Next(1, 50);
            var actual = new SparseCase(InstructionSet.Scalar, random, groups: 1);
            SparseCase expected = actual.Copy();
            SparseAdam.Step(InstructionSet.Scalar, [expected.Table()], [group], t, default);
            NativeTable table = Table(actual);
            GroupValues values = group.Values;
            Assert.Equal(0, StepOf(level)(&table, 1, &values, 1, null, t, null));
            string? difference = actual.Tables.DifferenceFrom(expected.Tables);
            Assert.True(difference is null, $"{level}, round {round}, {actual}: {difference} {Seeds.Replay}");
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Results_of_a_list_are_the_managed_librarys(string level)
    {
        var random = new Random(Seeds.Base);
        for (int round = 0; round < Count; round++)
        {
            ParameterGroup[] groups =
            [
                ParameterGroup.Adam with { GradientScale = 4, MaxGradientValue = 0.05 },
                ParameterGroup.Adam with { LearningRate = 0.1, Beta1 = 0.5, Maximize = true },
            ];
            var options = new StepOptions
            {
                MaxGradientNorm = random.Next(2) == 0 ? null : 0.5,
                ReportsChanges = random.Next(2) == 0,
                Threads = random.Next(3),
            };
            long t = random.Next(1, 50);
            SparseCase[] actual = [.. Enumerable.Range(0, random.Next(5)).Select(_ => new SparseCase(InstructionSet.Scalar, random, groups.Length))];
            SparseCase[] expected = [.. actual.Select(each => each.Copy())];
            StepReport wanted = SparseAdam.Step(InstructionSet.Scalar, [.. expected.Select(each => each.Table())], groups, t, options);

            NativeTable[] tables = [.. actual.Select(Table)];
            GroupValues[] nativeGroups = [.. groups.Select(group => group.Values)];
            NativeStepOptions nativeOptions = NativeStructs.Options(options);
            NativeReport report = NativeStructs.Report();
            fixed (NativeTable* first = tables)
            fixed (GroupValues* group = nativeGroups)
            {
                Assert.Equal(
                    0, StepOf(level)(first, (nuint)tables.Length, group, (nuint)groups.Length, &nativeOptions, t, &report));
            }

            string where = $"{level}, round {round}, step {t}, {options}, {string.Join("; ", actual.AsEnumerable())} {Seeds.Replay}";
            for (int i = 0; i < actual.Length; i++)
            {
                string? difference = actual[i].Tables.DifferenceFrom(expected[i].Tables);
                Assert.True(difference is null, $"table {i} of {where}: {difference}");
            }

            Assert.True(
                NativeStructs.Text(wanted) == NativeStructs.Text(report),
                $"{NativeStructs.Text(report)} instead of {NativeStructs.Text(wanted)}: {where}");
        }
    }

    private static delegate* unmanaged<NativeTable*, nuint, GroupValues*, nuint, NativeStepOptions*, long, NativeReport*, int> StepOf(
        string level) =>
        (delegate* unmanaged<NativeTable*, nuint, GroupValues*, nuint, NativeStepOptions*, long, NativeReport*, int>)
            LevelLibrary.Export(level, "fastadam_level_sparse_step");

    private static NativeTable Table(SparseCase table) => NativeStructs.Table(
        table.Key,
        table.Tables.Places(),
        table.Rows,
        (long*)Marshal.UnsafeAddrOfPinnedArrayElement(table.Indices, 0),
        (void*)Marshal.UnsafeAddrOfPinnedArrayElement(table.Gradients, 0),
        table.Indices.Length) with
    {
        Group = table.Group,
        Step = table.Step,
    };
}

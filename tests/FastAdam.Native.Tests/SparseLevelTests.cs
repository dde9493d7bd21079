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
        var step = (delegate* unmanaged<NativeSparse*, NativeOptions*, long, int>)LevelLibrary.Export(level, "fastadam_level_sparse_step");
        var random = new Random(Seeds.Base);
        for (int round = 0; round < Count; round++)
        {
            AdamOptions options = AdamOptions.Adam with { GradientScale = random.Next(2) == 0 ? 1 : 4, Maximize = random.Next(2) == 0 };
            long t = random.Next(1, 50);
            var actual = new SparseCase(InstructionSet.Scalar, random, groups: 1);
            SparseCase expected = actual.Copy();
            SparseAdam.Step(Rows(expected), t, options);
            NativeSparse table = new(Rows(actual));
            NativeOptions nativeOptions = NativeOptions.Of(options);
            Assert.Equal(0, step(&table, &nativeOptions, t));
            string? difference = actual.Tables.DifferenceFrom(expected.Tables);
            Assert.True(difference is null, $"{level}, round {round}, {actual}: {difference} {Seeds.Replay}");
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Results_of_a_list_are_the_managed_librarys(string level)
    {
        var step = (delegate* unmanaged<
            NativeGroupSparse*, nuint, NativeGroup*, nuint, NativeStepOptions*, long, NativeReport*, int>)LevelLibrary.Export(
                level, "fastadam_level_sparse_optimizer_step");
        var random = new Random(Seeds.Base);
        for (int round = 0; round < Count; round++)
        {
            OptimizerOptions[] groups =
            [
                OptimizerOptions.Adam with { GradientScale = 4, MaxGradientValue = 0.05 },
                OptimizerOptions.Adam with { LearningRate = 0.1, Beta1 = 0.5, Maximize = true },
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

            NativeGroupSparse[] tables =
            [
                .. actual.Select(each => new NativeGroupSparse { Table = new(Rows(each)), Step = each.Step, Group = each.Group }),
            ];
            NativeGroup[] nativeGroups = [.. groups.Select(group => NativeGroup.Of(group))];
            NativeStepOptions nativeOptions = NativeStepOptions.Of(options);
            NativeReport report = NativeReport.Of(default);
            fixed (NativeGroupSparse* first = tables)
            fixed (NativeGroup* group = nativeGroups)
            {
                Assert.Equal(0, step(first, (nuint)tables.Length, group, (nuint)groups.Length, &nativeOptions, t, &report));
            }

            string where = $"{level}, round {round}, step {t}, {options}, {string.Join("; ", actual.AsEnumerable())} {Seeds.Replay}";
            for (int i = 0; i < actual.Length; i++)
            {
                string? difference = actual[i].Tables.DifferenceFrom(expected[i].Tables);
                Assert.True(difference is null, $"table {i} of {where}: {difference}");
            }

            Assert.True(NativeReport.Of(wanted) == report, $"{report} instead of {wanted}: {where}");
        }
    }

    private static SparseRows Rows(SparseCase table) => table.Table().Rows(InstructionSet.Scalar, constants: 0);
}

using FastAdam.Kernels;
using FastAdam.Rules;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Native.Tests;

/// <summary>fastadam_sparse_step of each level's library against the managed one: the same bits.</summary>
public sealed unsafe class SparseLevelTests
{
    public static TheoryData<string> Levels => LevelLibrary.Names;

    [Theory]
    [MemberData(nameof(Levels))]
    public void Results_are_the_managed_librarys(string level)
    {
        var step = (delegate* unmanaged<NativeSparse*, NativeOptions*, long, int>)LevelLibrary.Export(level, "fastadam_level_sparse_step");
        var random = new Random(Seeds.Base);
        foreach (KernelKey key in KernelRegistry.Supported.Where(
            key => key.InstructionSet == InstructionSet.Scalar && key.Rule == RuleKind.Adam))
        {
            int rows = random.Next(1, 20);
            int rowLength = random.Next(3) == 0 ? random.Next(500, 1200) : random.Next(1, 70);
            long[] indices = [.. Enumerable.Range(0, random.Next(0, 25)).Select(_ => random.NextInt64(rows))];
            AdamOptions options = AdamOptions.Adam with { GradientScale = random.Next(2) == 0 ? 1 : 4, Maximize = random.Next(2) == 0 };
            long t = random.Next(1, 50);
            var actual = TestArrays.Create(key, rows * rowLength, [random.Next(64), 0, random.Next(64), random.Next(64)]);
            actual.Fill(key, random);
            TestArrays expected = actual.CopyAligned();
            var gradients = TestArrays.Create(key, indices.Length * rowLength, [0]);
            gradients.Fill(key, random);
            Streams native = actual.Work(key).Streams;
            Streams managed = expected.Work(key).Streams;
            byte* g = gradients.Work(key).Streams.Gradients;
            fixed (long* index = indices)
            {
                SparseAdam.Step(
                    new SparseRows(
                        key,
                        managed.Parameters,
                        g,
                        managed.First,
                        managed.Second,
                        (nuint)rows,
                        (nuint)rowLength,
                        index,
                        (nuint)indices.Length),
                    t,
                    options);
                var table = new NativeSparse
                {
                    Parameters = native.Parameters,
                    Gradients = g,
                    ExpAvg = native.First,
                    ExpAvgSq = native.Second,
                    Indices = index,
                    Rows = (nuint)rows,
                    RowLength = (nuint)rowLength,
                    Count = (nuint)indices.Length,
                    Types = new NativeTypes(key),
                };
                NativeOptions nativeOptions = NativeOptions.Of(options);
                Assert.Equal(0, step(&table, &nativeOptions, t));
            }

            string? difference = actual.DifferenceFrom(expected);
            Assert.True(
                difference is null,
                $"{level}, {key}, {rows} rows of {rowLength}, indices {string.Join(' ', indices)}: {difference} {Seeds.Replay}");
            GC.KeepAlive(gradients);
        }
    }
}

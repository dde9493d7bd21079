using System.Globalization;
using FastAdam.Tests.Reference;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Api;

/// <summary>Adam over rows: the rows that are named, to the bit, and no other.</summary>
public sealed unsafe class SparseAdamTests
{
    private static readonly ParameterGroup _options =
        ParameterGroup.Adam with { LearningRate = 0.01, Beta1 = 0.8, Beta2 = 0.95, Epsilon = 1e-3 };

    public static TheoryData<InstructionSet> InstructionSetsHere => KernelData.InstructionSets;

    [Theory]
    [MemberData(nameof(InstructionSetsHere))]
    public void Named_rows_are_updated_with_the_sums_of_their_gradients(InstructionSet instructionSet)
    {
        var random = new Random(Seeds.Base);
        for (int round = 0; round < 300; round++)
        {
            var table = new SparseCase(instructionSet, random, groups: 1);
            ParameterGroup options = _options with { GradientScale = random.Next(2) == 0 ? 1 : 4, Maximize = random.Next(2) == 0 };
            long step = random.Next(1, 50);
            TestArrays expected = table.Tables.CopyAligned();
            ReferenceSparseAdam.Step(table.Key, expected, table.RowLength, table.Indices, table.Gradients, step, options);
            SparseAdam.Step(instructionSet, [table.Table() with { Step = 0 }], [options], step, default);
            string? difference = table.Tables.DifferenceFrom(expected);
            Assert.True(difference is null, $"round {round}, {table}: {difference} {Seeds.Replay}");
        }
    }

    [Fact]
    public void A_large_step_has_the_same_bits_with_threads()
    {
        const int Rows = 5000;
        const int RowLength = 300;
        var random = new Random(Seeds.Base);
        long[] indices = [.. Enumerable.Range(0, 4000).Select(_ => random.NextInt64(Rows))];
        float[] gradients = [.. Enumerable.Range(0, indices.Length * RowLength).Select(_ => random.NextSingle() - 0.5f)];
        float[][] tables = [.. Enumerable.Range(0, 6).Select(_ => new float[Rows * RowLength])];
        for (int threads = 1; threads <= 2; threads++)
        {
            Span<float[]> own = tables.AsSpan(3 * (threads - 1), 3);
            OneTensor.SparseStep(
                own[0], own[1], own[2], RowLength, indices, gradients, 1, _options, new StepOptions { Threads = threads });
        }

        for (int table = 0; table < 3; table++)
        {
            Assert.Equal(tables[table], tables[table + 3]);
        }

        var named = indices.ToHashSet();
        Assert.All(Enumerable.Range(0, Rows), row =>
            Assert.Equal(named.Contains(row), tables[1].AsSpan(row * RowLength, RowLength).ContainsAnyExcept(0)));
    }

    [Fact]
    public void Steps_allocate_nothing()
    {
        long[] indices = [3, 1, 3, 2, 1, 3];
        float[] gradients = new float[60];
        float[] p = new float[100], m = new float[100], v = new float[100];
        ParameterGroup[] groups = [_options];
        fixed (float* parameters = p, expAvg = m, expAvgSq = v, g = gradients)
        fixed (long* index = indices)
        {
            SparseTable[] tables = [SparseTable.Create(10, 10, parameters, expAvg, expAvgSq, index, g, 6)];
            SparseAdam.Step(tables, groups, 1);
            Allocations.RequireNone(() =>
            {
                for (int step = 2; step < 50; step++)
                {
                    SparseAdam.Step(tables, groups, step);
                }
            });
        }
    }

    [Fact]
    public void Bad_input_is_named_and_touches_nothing()
    {
        float[] p = [.. Enumerable.Repeat(1f, 30)], m = new float[30], v = new float[30], g = new float[20];
        RequireError<ArgumentOutOfRangeException>("tables[0]: indices[1] is the index of none of the 3 rows", 3, () => Step([2, 3]));
        RequireError<ArgumentOutOfRangeException>("tables[0]: indices[0]", -1, () => Step([-1, 0]));
        RequireError<ArgumentOutOfRangeException>(
            "groups[0]: ParameterGroup.WeightDecay must be 0", 0.01, () => Step([0, 1], group: ParameterGroup.AdamW));
        RequireError<ArgumentOutOfRangeException>("step", 0, () => Step([0, 1], step: 0));
        Assert.All(p, value => Assert.Equal(1, value));
        Assert.All((float[])[.. m, .. v], value => Assert.Equal(0, value));

        void Step(long[] indices, long step = 1, ParameterGroup? group = null) =>
            OneTensor.SparseStep(p, m, v, 10, indices, g, step, group ?? ParameterGroup.Adam);
    }

    [Fact]
    public void Bad_pointers_and_counts_are_named_and_touch_nothing()
    {
        // Three rows of two elements, and gradients for two of them.
        float* memory = stackalloc float[64];
        new Span<float>(memory, 64).Fill(1);
        float* p = memory, m = memory + 6, v = memory + 12, g = memory + 18;
        long* indices = (long*)(memory + 24);
        (indices[0], indices[1]) = (2, 0);
        byte[] before = new Span<byte>(memory, 256).ToArray();

        RequireError<ArgumentNullException>("parameters", null, () => Step(null, m, v, 3, 2, indices, g, 2));
        RequireError<ArgumentNullException>("expAvg", null, () => Step(p, null, v, 3, 2, indices, g, 2));
        RequireError<ArgumentNullException>("expAvgSq", null, () => Step(p, m, null, 3, 2, indices, g, 2));
        RequireError<ArgumentNullException>("gradients", null, () => Step(p, m, v, 3, 2, indices, null, 2));
        RequireError<ArgumentNullException>("indices", null, () => Step(p, m, v, 3, 2, null, g, 2));
        RequireError<ArgumentNullException>("is null", null, () => Step(null, null, null, 0, 2, null, null, 2));
        RequireError<ArgumentOutOfRangeException>("indices[0]", 2, () => Step(null, null, null, 0, 2, indices, g, 2));
        RequireError<ArgumentOutOfRangeException>("2^31 - 1", (nuint)1 << 31, () => Step(p, m, v, 3, 2, indices, g, (nuint)1 << 31));
        foreach ((nuint rows, nuint rowLength) in ((nuint, nuint)[])[(nuint.MaxValue, 2), (nuint.MaxValue / 2, 2), (nuint.MaxValue / 12, 3), (3, nuint.MaxValue / 8), (1, nuint.MaxValue)])
        {
            RequireError<ArgumentOutOfRangeException>(
                "parameters would end beyond the address space",
                (nuint)UInt128.Min((UInt128)rows * rowLength, nuint.MaxValue),
                () => Step(p, m, v, rows, rowLength, indices, g, 2));
        }

        RequireError<ArgumentOutOfRangeException>(
            "gradients would end beyond the address space",
            nuint.MaxValue / 2 * 2,
            () => Step(null, null, null, 0, nuint.MaxValue / 2, indices, g, 2));
        RequireError<ArgumentException>("expAvg overlaps tables[0] parameters", null, () => Step(p, p + 5, v, 3, 2, indices, g, 2));
        RequireError<ArgumentException>("expAvgSq overlaps tables[0] parameters", null, () => Step(p, m, p + 1, 3, 2, indices, g, 2));
        RequireError<ArgumentException>("expAvgSq overlaps tables[0] expAvg", null, () => Step(p, m, m + 5, 3, 2, indices, g, 2));
        RequireError<ArgumentException>("expAvgSq overlaps tables[0] gradients", null, () => Step(p, m, v, 3, 2, indices, v + 5, 2));
        RequireError<ArgumentException>(
            "indices overlaps tables[0] parameters", null, () => Step((float*)indices + 3, m, v, 3, 2, indices, g, 2));
        Assert.Equal(before, new Span<byte>(memory, 256));

        // The same without anything wrong, and without anything to do.
        Step(p, m, v, 3, 2, indices, g, 0);
        Step(null, null, null, 0, 2, null, null, 0);
        Assert.Equal(before, new Span<byte>(memory, 256));
        Step(p, m, v, 3, 2, indices, g, 2);
        Assert.Equal(1, p[2]);
        Assert.NotEqual(1, p[4]);

        static void Step(float* p, float* m, float* v, nuint rows, nuint rowLength, long* indices, float* g, nuint count) =>
            SparseAdam.Step([SparseTable.Create(rows, rowLength, p, m, v, indices, g, count)], [ParameterGroup.Adam], 1);
    }

    private static void RequireError<T>(string name, object? value, Action step)
        where T : ArgumentException
    {
        T error = Assert.Throws<T>(step);
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
        if (value is not null)
        {
            Assert.Equal(Text(value), Text(((ArgumentOutOfRangeException)(object)error).ActualValue));
        }
    }

    private static string? Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture);
}

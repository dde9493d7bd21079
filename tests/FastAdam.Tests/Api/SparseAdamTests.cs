using System.Globalization;
using FastAdam.Tests.Reference;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Api;

/// <summary>Adam over rows: the rows that are named, to the bit, and no other.</summary>
public sealed unsafe class SparseAdamTests
{
    private static readonly AdamOptions _options = AdamOptions.Adam with { LearningRate = 0.01, Beta1 = 0.8, Beta2 = 0.95, Epsilon = 1e-3 };

    public static TheoryData<InstructionSet> InstructionSetsHere => KernelData.InstructionSets;

    [Theory]
    [MemberData(nameof(InstructionSetsHere))]
    public void Named_rows_are_updated_with_the_sums_of_their_gradients(InstructionSet instructionSet)
    {
        var random = new Random(Seeds.Base);
        for (int round = 0; round < 300; round++)
        {
            var table = new SparseCase(instructionSet, random, groups: 1);
            AdamOptions options = _options with { GradientScale = random.Next(2) == 0 ? 1 : 4, Maximize = random.Next(2) == 0 };
            long step = random.Next(1, 50);
            TestArrays expected = table.Tables.CopyAligned();
            ReferenceSparseAdam.Step(table.Key, expected, table.RowLength, table.Indices, table.Gradients, step, options);
            SparseAdam.Step(table.Table().Rows(instructionSet, constants: 0), step, options);
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
            SparseAdam.Step<float, float, float, float>(
                own[0], own[1], own[2], RowLength, indices, gradients, 1, _options with { Threads = threads });
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
        void Step(long step) => SparseAdam.Step<float, float, float, float>(p, m, v, 10, indices, gradients, step, _options);
        Step(1);
        Allocations.RequireNone(() =>
        {
            for (int step = 2; step < 50; step++)
            {
                Step(step);
            }
        });
    }

    [Fact]
    public void Bad_input_is_named_and_touches_nothing()
    {
        float[] p = [.. Enumerable.Repeat(1f, 30)], m = new float[30], v = new float[30], g = new float[20];
        RequireError<ArgumentOutOfRangeException>("indices[1]", 3, () => Step([2, 3], g));
        RequireError<ArgumentOutOfRangeException>("indices[0]", -1, () => Step([-1, 0], g));
        RequireError<ArgumentOutOfRangeException>("WeightDecay", 0.01, () => Step([0, 1], g, options: AdamOptions.AdamW));
        RequireError<ArgumentOutOfRangeException>("step", 0, () => Step([0, 1], g, step: 0));
        RequireError<ArgumentOutOfRangeException>("rowLength", 0, () => Step([0, 1], g, rowLength: 0));
        RequireError<ArgumentException>("parameters has 30", null, () => Step([0, 1], g, rowLength: 7));
        RequireError<ArgumentException>("gradients has 20", null, () => Step([0, 1, 2], g));
        RequireError<ArgumentException>("gradients overlaps parameters", null, () => Step([0, 1], p.AsSpan(5, 20)));
        Assert.All(p, value => Assert.Equal(1, value));
        Assert.All((float[])[.. m, .. v], value => Assert.Equal(0, value));

        void Step(long[] indices, ReadOnlySpan<float> gradients, long step = 1, int rowLength = 10, AdamOptions? options = null) =>
            SparseAdam.Step(p.AsSpan(), m.AsSpan(), v.AsSpan(), rowLength, indices, gradients, step, options ?? AdamOptions.Adam);
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
        RequireError<ArgumentNullException>("indices", null, () => Step(null, null, null, 0, 2, null, null, 2));
        RequireError<ArgumentOutOfRangeException>("indices[0]", 2, () => Step(null, null, null, 0, 2, indices, g, 2));
        RequireError<ArgumentOutOfRangeException>("2^31 - 1", null, () => Step(p, m, v, 3, 2, indices, g, (nuint)1 << 31));
        foreach ((nuint rows, nuint rowLength) in ((nuint, nuint)[])[(nuint.MaxValue, 2), (nuint.MaxValue / 2, 2), (nuint.MaxValue / 12, 3), (3, nuint.MaxValue / 8), (1, nuint.MaxValue)])
        {
            RequireError<ArgumentOutOfRangeException>(
                $"parameters of that many rows of {rowLength} elements would end beyond the address space",
                rows,
                () => Step(p, m, v, rows, rowLength, indices, g, 2),
                "rows");
        }

        RequireError<ArgumentOutOfRangeException>(
            "gradients of that many rows", 2, () => Step(null, null, null, 0, nuint.MaxValue / 2, indices, g, 2), "count");
        RequireError<ArgumentException>("expAvg overlaps parameters", null, () => Step(p, p + 5, v, 3, 2, indices, g, 2));
        RequireError<ArgumentException>("expAvgSq overlaps parameters", null, () => Step(p, m, p + 1, 3, 2, indices, g, 2));
        RequireError<ArgumentException>("expAvgSq overlaps expAvg", null, () => Step(p, m, m + 5, 3, 2, indices, g, 2));
        RequireError<ArgumentException>("gradients overlaps expAvgSq", null, () => Step(p, m, v, 3, 2, indices, v + 5, 2));
        RequireError<ArgumentException>("indices overlaps parameters", null, () => Step((float*)indices + 3, m, v, 3, 2, indices, g, 2));
        Assert.Equal(before, new Span<byte>(memory, 256));

        // The same without anything wrong, and without anything to do.
        Step(p, m, v, 3, 2, indices, g, 0);
        Step(null, null, null, 0, 2, null, null, 0);
        Assert.Equal(before, new Span<byte>(memory, 256));
        Step(p, m, v, 3, 2, indices, g, 2);
        Assert.Equal(1, p[2]);
        Assert.NotEqual(1, p[4]);

        static void Step(float* p, float* m, float* v, nuint rows, nuint rowLength, long* indices, float* g, nuint count) =>
            SparseAdam.Step(p, m, v, rows, rowLength, indices, g, count, 1, AdamOptions.Adam);
    }

    private static void RequireError<T>(string name, object? value, Action step, string? argument = null)
        where T : ArgumentException
    {
        T error = Assert.Throws<T>(step);
        Assert.Equal(argument ?? error.ParamName, error.ParamName);
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
        if (value is not null)
        {
            Assert.Equal(Text(value), Text(((ArgumentOutOfRangeException)(object)error).ActualValue));
        }
    }

    private static string? Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture);
}

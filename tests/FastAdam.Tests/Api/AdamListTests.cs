using System.Runtime.InteropServices;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Api;

/// <summary>The public step over a list of tensors: what it does, and every bad list, which is left as it was.</summary>
public sealed unsafe class AdamListTests
{
    private const int Length = 19;

    [Fact]
    public void A_list_steps_as_its_tensors_do_one_by_one()
    {
        int[] lengths = [5, 0, 1, 33, 200];
        float[][] memory = [.. lengths.Select(length => Numbers(14 * length))];
        float[][] expected = [.. memory.Select(array => (float[])array.Clone())];
        for (long step = 1; step <= 3; step++)
        {
            Step([.. memory.Select((array, i) => Mixed(array, lengths[i]))], step, ParameterGroup.AdamW);
            for (int i = 0; i < lengths.Length; i++)
            {
                fixed (float* p = expected[i])
                {
                    int n = lengths[i];
                    Adam.Step(
                        InstructionSets.Current,
                        p,
                        (BFloat16*)(p + n),
                        (Half*)(p + (2 * n)),
                        p + (3 * n),
                        (nuint)n,
                        step,
                        ParameterGroup.AdamW,
                        threads: 0);
                }
            }
        }

        Assert.Equal(expected.Select(Bits), memory.Select(Bits));
    }

    [Fact]
    public void Empty_lists_and_empty_tensors_do_nothing()
    {
        Step([], 1, ParameterGroup.Adam);
        Step([default, OptimizerTensor.Create(0, (float*)null, (Half*)null, (float*)null, (BFloat16*)null)], 1, ParameterGroup.Adam);
        Assert.Equal("step", Assert.Throws<ArgumentOutOfRangeException>(() => Step([], 0, ParameterGroup.Adam)).ParamName);
    }

    [Fact]
    public void Tensors_may_share_gradients()
    {
        float[] memory = Pinned(7 * Length);
        Step([Tensor(memory, 0, 1, 2, 3), Tensor(memory, 4, 1, 5, 6)], 1, ParameterGroup.Adam);
        Assert.Equal(memory[..Length], memory[(4 * Length)..(5 * Length)]);
        Assert.NotEqual(1, memory[0]);
    }

    [Theory]
    [InlineData(5, 1, 6, 5, "tensors[2]: expAvgSq overlaps tensors[2] parameters.")]
    [InlineData(5, 2, 6, 7, "tensors[2]: gradients overlaps tensors[0] expAvg.")]
    [InlineData(1, 5, 6, 7, "tensors[2]: parameters overlaps tensors[0] gradients.")]
    [InlineData(5, 6, 7, 0, "tensors[2]: expAvgSq overlaps tensors[0] parameters.")]
    [InlineData(5, 1, 3, 7, "tensors[2]: expAvg overlaps tensors[0] expAvgSq.")]
    public void Overlaps_name_both_arrays(int p, int g, int m, int v, string message)
    {
        float[] memory = Pinned(8 * Length);
        OptimizerTensor[] list = [Tensor(memory, 0, 1, 2, 3), default, Tensor(memory, p, g, m, v)];
        foreach (int _ in Enumerable.Range(0, 2))
        {
            var exception = Assert.Throws<ArgumentException>(() => Step(list, 1, ParameterGroup.Adam));
            Assert.Equal("tensors", exception.ParamName);
            Assert.StartsWith(message, exception.Message, StringComparison.Ordinal);
            Assert.All(memory, value => Assert.Equal(1, value));
        }
    }

    [Fact]
    public void A_list_that_was_fine_is_checked_again_when_it_changes()
    {
        float[] memory = Pinned(8 * Length);
        OptimizerTensor[] list = [Tensor(memory, 0, 1, 2, 3), Tensor(memory, 4, 5, 6, 7)];
        Step(list, 1, ParameterGroup.Adam);
        OptimizerTensor good = list[0];
        list[0] = Tensor(memory, 0, 1, 2, 7);
        Assert.Throws<ArgumentException>(() => Step(list, 2, ParameterGroup.Adam));
        list[0] = OptimizerTensor.Create(Length + 1, Address(memory, 0), Address(memory, 1), Address(memory, 2), Address(memory, 3));
        Assert.Throws<ArgumentException>(() => Step(list, 2, ParameterGroup.Adam));
        list[0] = good;
        Step(list, 2, ParameterGroup.Adam);
        Step(list.AsSpan(1), 3, ParameterGroup.Adam);
        list[1] = OptimizerTensor.Create(Length, Address(memory, 4), (Half*)Address(memory, 5), Address(memory, 6), Address(memory, 7));
        Step(list, 3, ParameterGroup.Adam);
    }

    [Fact]
    public void Null_pointers_and_lengths_name_the_tensor()
    {
        float[] memory = Pinned(8 * Length);
        OptimizerTensor good = Tensor(memory, 0, 1, 2, 3);
        float* free = Address(memory, 4);
        OptimizerTensor noMoment = OptimizerTensor.Create(1, free, free + 1, (float*)null, free + 2);
        var missing = Assert.Throws<ArgumentNullException>(() => Step([good, noMoment], 1, ParameterGroup.Adam));
        Assert.StartsWith("tensors[1]: expAvg is null.", missing.Message, StringComparison.Ordinal);
        Assert.Equal("tensors", missing.ParamName);
        OptimizerTensor tooLong = OptimizerTensor.Create(nuint.MaxValue / 2, free, free + 1, free + 2, free + 3);
        var beyond = Assert.Throws<ArgumentOutOfRangeException>(() => Step([good, tooLong], 1, ParameterGroup.Adam));
        Assert.StartsWith("tensors[1]: parameters would end beyond", beyond.Message, StringComparison.Ordinal);
        Assert.Equal(("tensors", nuint.MaxValue / 2), (beyond.ParamName, beyond.ActualValue));
        Assert.All(memory, value => Assert.Equal(1, value));
    }

    [Fact]
    public void Random_lists_overlap_exactly_if_two_of_their_arrays_do()
    {
        var random = new Random(Seeds.Base);
        byte[] memory = GC.AllocateArray<byte>(4096, pinned: true);
        int overlapping = 0;
        for (int round = 0; round < 3000; round++)
        {
            (int Start, int End, bool IsWritten)[] arrays = new (int, int, bool)[4 * random.Next(1, 6)];
            OptimizerTensor[] list = new OptimizerTensor[arrays.Length / 4];
            for (int i = 0; i < list.Length; i++)
            {
                int n = random.Next(0, 12);
                int[] at = [.. Enumerable.Range(0, 4).Select(_ => random.Next(4000))];
                byte* start = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(memory, 0);
                list[i] = OptimizerTensor.Create(
                    (nuint)n, (float*)(start + at[0]), (Half*)(start + at[1]), (BFloat16*)(start + at[2]), (float*)(start + at[3]));
                for (int array = 0; array < 4; array++)
                {
                    arrays[(4 * i) + array] = (at[array], at[array] + (n * (array is 0 or 3 ? 4 : 2)), array != 1);
                }
            }

            arrays = [.. arrays.Where(array => array.End > array.Start)];
            bool expected = arrays.Index().Any(a => arrays.Take(a.Index).Any(
                b => (a.Item.IsWritten || b.IsWritten) && a.Item.Start < b.End && b.Start < a.Item.End));
            Exception? thrown = Record.Exception(() => Step(list, 1, ParameterGroup.Adam));
            Assert.True(
                expected ? thrown is ArgumentException : thrown is null,
                $"round {round}: {string.Join(' ', arrays)}: {thrown} {Seeds.Replay}");
            overlapping += expected ? 1 : 0;
        }

        Assert.InRange(overlapping, 500, 2500);
    }

    [Fact]
    public void A_step_over_a_list_allocates_nothing_even_where_it_changes()
    {
        float[] memory = Pinned(400 * Length);
        OptimizerTensor[] list = [.. Enumerable.Range(0, 100).Select(i => Tensor(memory, 4 * i, (4 * i) + 1, (4 * i) + 2, (4 * i) + 3))];
        Step(list, 1, ParameterGroup.AdamW);
        Step(list.AsSpan(1), 1, ParameterGroup.AdamW);
        Allocations.RequireNone(() =>
        {
            for (int step = 2; step < 100; step++)
            {
                Step(list.AsSpan(step % 3), step, ParameterGroup.AdamW);
                Step(list.AsSpan(step % 3), step, ParameterGroup.AdamW);
            }
        });
    }

    [Fact]
    public void Lists_of_every_length_after_shorter_and_longer_ones()
    {
        const int Longest = 150;
        float[] memory = Pinned(4 * Longest * Length);
        OptimizerTensor[] list = [.. Enumerable.Range(0, Longest).Select(i => Tensor(memory, 4 * i, (4 * i) + 1, (4 * i) + 2, (4 * i) + 3))];
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(() =>
        {
            // A thread of its own, which remembers no list yet.
            for (int count = 1; count <= Longest; count++)
            {
                Step(list.AsSpan(0, count), 1, ParameterGroup.Adam);
                Step(list.AsSpan(0, count / 2), 1, ParameterGroup.Adam);
            }
        }));
        thread.Start();
        thread.Join();
        Assert.Null(failure);
    }

    [Fact]
    public void Lists_longer_than_what_is_remembered()
    {
        const int Tensors = 40_000;
        float[] memory = Pinned(4 * Tensors);
        fixed (float* p = memory)
        {
            OptimizerTensor[] list = new OptimizerTensor[Tensors];
            for (int i = 0; i < Tensors; i++)
            {
                list[i] = OptimizerTensor.Create(1, p + i, p + Tensors + i, p + (2 * Tensors) + i, p + (3 * Tensors) + i);
            }

            Step(list, 1, ParameterGroup.Adam);
            Step(list, 2, ParameterGroup.Adam);
            list[Tensors - 1] = list[0];
            Assert.Throws<ArgumentException>(() => Step(list, 3, ParameterGroup.Adam));
        }

        Assert.Single(memory[..Tensors].Distinct());
        Assert.NotEqual(1, memory[0]);
    }

    private static void Step(ReadOnlySpan<OptimizerTensor> list, long step, ParameterGroup group) =>
        Optimizer.Step(list, [group], step);

    private static OptimizerTensor Mixed(float[] array, int n)
    {
        // Pinned for good: Numbers made it.
        float* p = (float*)Marshal.UnsafeAddrOfPinnedArrayElement(array, 0);
        return OptimizerTensor.Create((nuint)n, p, (BFloat16*)(p + n), (Half*)(p + (2 * n)), p + (3 * n));
    }

    /// <summary>A tensor whose arrays are those parts of pinned memory.</summary>
    private static OptimizerTensor Tensor(float[] memory, int p, int g, int m, int v) =>
        OptimizerTensor.Create(Length, Address(memory, p), Address(memory, g), Address(memory, m), Address(memory, v));

    private static float* Address(float[] memory, int part) =>
        (float*)Marshal.UnsafeAddrOfPinnedArrayElement(memory, part * Length);

    private static float[] Pinned(int length)
    {
        float[] memory = GC.AllocateArray<float>(length, pinned: true);
        memory.AsSpan().Fill(1);
        return memory;
    }

    private static float[] Numbers(int length)
    {
        float[] memory = Pinned(length);
        for (int i = 0; i < length; i++)
        {
            memory[i] = 0.5f + (i % 31 / 64f);
        }

        return memory;
    }

    private static string Bits(float[] array) => Convert.ToHexString(MemoryMarshal.AsBytes(array.AsSpan()));
}

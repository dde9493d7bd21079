using FastAdam.Kernels;
using FastAdam.Passes;
using FastAdam.Rules;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Passes;

/// <summary>Steps on several threads: the same bits as on one, whatever the pool's other work, and nothing after the step.</summary>
[Collection(nameof(ThreadPoolTests))]
public sealed unsafe class ParallelRunTests
{
    private const ulong SmallChunk = 1000;

    private static readonly KernelKey[] _keys =
    [
        Key(ElementType.Float32, ElementType.Float32, ElementType.Float32, ElementType.Float32),
        Key(ElementType.BFloat16, ElementType.BFloat16, ElementType.BFloat16, ElementType.BFloat16),
        Key(ElementType.Float32, ElementType.BFloat16, ElementType.Float16, ElementType.Float32),
        Key(ElementType.Float16, ElementType.Float32, ElementType.Float32, ElementType.BFloat16),
    ];

    private static readonly int[][] _offsets = [[0, 0, 0, 0], [4, 4, 4, 4], [1, 62, 33, 7], [32, 2, 16, 0]];

    public static TheoryData<int> ThreadCounts => [1, 2, 3, 7];

    public ParallelRunTests() => ThreadPool.SetMinThreads(8, 1);

    [Theory]
    [MemberData(nameof(ThreadCounts))]
    public void One_tensor_has_the_same_bits(int threads)
    {
        var random = new Random(Seeds.Base);
        foreach (KernelKey key in _keys)
        {
            foreach (int[] offsets in _offsets)
            {
                int cut = (int)(SmallChunk / new TensorWork(key, default(UpdateArrays)).ElementBytes);
                foreach (int length in (int[])[1, cut - 1, cut, cut + 1, (2 * cut) - 1, 2 * cut, (2 * cut) + 65, 3000, 20_000])
                {
                    StepConstants constants = StepModes.Constants(RuleKind.Adam, length, step: 3);
                    var actual = TestArrays.Create(key, length, offsets);
                    actual.Fill(key, random);
                    TestArrays expected = actual.CopyAligned();
                    expected.Run(key, constants, 0, length);
                    ParallelRun.Run(new TensorWork(key, actual.Places()), constants, new Parallelism(threads, 1, SmallChunk));
                    string? difference = actual.DifferenceFrom(expected);
                    string run = $"{key}, length {length}, offsets {string.Join('/', offsets)} bytes, {threads} threads";
                    Assert.True(difference is null, $"{run}: {difference} {Seeds.Replay}");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(ThreadCounts))]
    public void A_list_has_the_same_bits(int threads)
    {
        var random = new Random(Seeds.Base + threads);
        for (int round = 0; round < 100; round++)
        {
            var list = new ListOfArrays(random, tensors: random.Next(1, 40), longest: round % 4 == 0 ? 3000 : 100);
            list.Run(new Parallelism(threads, 1, (ulong)random.Next(1, 5000)));
            Assert.True(list.Difference is null, $"round {round}, {threads} threads: {list.Difference} {Seeds.Replay}");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_public_step_has_the_same_bits_where_it_starts_to_share(int threads)
    {
        foreach (int length in (int[])[-1, 0, 4097, 200_000])
        {
            int n = (int)Parallelism.ShortestShared + length;
            float[] Step(int limit)
            {
                float[] p = [.. Enumerable.Range(0, 4 * n).Select(i => (i % 1013) + 1f)];
                Span<float> rest = p.AsSpan(n);
                Adam.Step<float, float, float, float>(
                    p.AsSpan(0, n), rest[..n], rest[n..(2 * n)], rest[(2 * n)..], 1, ParameterGroup.AdamW, limit);
                return p;
            }

            Assert.True(
                Step(1).AsSpan().SequenceEqual(Step(threads)),
                $"length {n}, {threads} threads");
        }
    }

    [Fact]
    public void Steps_from_several_threads_at_once()
    {
        string?[] differences = new string?[8];
        Thread[] callers = [.. differences.Select((_, caller) => new Thread(() =>
        {
            var random = new Random(Seeds.Base + caller);
            for (int round = 0; round < 200; round++)
            {
                var list = new ListOfArrays(random, tensors: 10, longest: 300);
                list.Run(new Parallelism(3, 1, SmallChunk));
                differences[caller] ??= list.Difference;
            }
        }))];
        Array.ForEach(callers, caller => caller.Start());
        Array.ForEach(callers, caller => caller.Join());
        Assert.All(differences, difference => Assert.True(difference is null, $"{difference} {Seeds.Replay}"));
    }

    [Fact]
    public void Steps_on_the_pools_own_threads()
    {
        string?[] differences = new string?[200];
        Parallel.For(0, differences.Length, i =>
        {
            var list = new ListOfArrays(new Random(Seeds.Base + i), tensors: 10, longest: 300);
            list.Run(new Parallelism(7, 1, SmallChunk));
            differences[i] = list.Difference;
        });
        Assert.All(differences, difference => Assert.True(difference is null, $"{difference} {Seeds.Replay}"));
    }

    [Fact]
    public void A_pool_without_a_free_thread_does_not_hold_a_step_up()
    {
        var random = new Random(Seeds.Base);
        using var blocked = new BlockedThreadPool();
        for (int round = 0; round < 50; round++)
        {
            var list = new ListOfArrays(random, tensors: 10, longest: 300);
            list.Run(new Parallelism(7, 1, SmallChunk));
            Assert.True(list.Difference is null, $"round {round}: {list.Difference} {Seeds.Replay}");
        }
    }

    [Fact]
    public void Threads_that_come_late_touch_nothing()
    {
        var key = Key(ElementType.Float32, ElementType.Float32, ElementType.Float32, ElementType.Float32);
        StepConstants constants = StepModes.Constants(RuleKind.Adam, 0, step: 1);
        using (new BlockedThreadPool())
        {
            for (int round = 0; round < 20; round++)
            {
                // Its pages are gone when the pool's threads come: one access would end the process.
                using var memory = new GuardedMemory(1 << 16);
                float* p = (float*)memory.Start;
                nuint length = memory.Size / (4 * sizeof(float));
                UpdateArrays arrays = Quarters(p, length);
                ParallelRun.Run(new TensorWork(key, arrays), constants, new Parallelism(3, 1, SmallChunk));
            }
        }

        for (int round = 0; round < 2000; round++)
        {
            using var memory = new GuardedMemory(1 << 14);
            float* p = (float*)memory.Start;
            nuint length = memory.Size / (4 * sizeof(float));
            UpdateArrays arrays = Quarters(p, length);
            ParallelRun.Run(new TensorWork(key, arrays), constants, new Parallelism(7, 1, SmallChunk));
        }
    }

    [Fact]
    public void An_interrupted_caller_waits_all_the_same_and_stays_interrupted()
    {
        string? difference = null;
        int stillInterrupted = 0;
        const int Rounds = 200;
        var caller = new Thread(() =>
        {
            var random = new Random(Seeds.Base);
            for (int round = 0; round < Rounds; round++)
            {
                var list = new ListOfArrays(random, tensors: 4, longest: 3000);
                Thread.CurrentThread.Interrupt();
                list.Run(new Parallelism(7, 1, SmallChunk));
                try
                {
                    Thread.Sleep(1);
                }
                catch (ThreadInterruptedException)
                {
                    stillInterrupted++;
                }

                difference ??= list.Difference;
            }
        });
        caller.Start();
        caller.Join();
        Assert.True(difference is null, $"{difference} {Seeds.Replay}");
        Assert.Equal(Rounds, stillInterrupted);
    }

    [Fact]
    public void Blocked_threads_are_called_once_not_by_every_step()
    {
        using var blocked = new BlockedThreadPool();
        var list = new ListOfArrays(new Random(Seeds.Base), tensors: 10, longest: 300);
        list.Run(new Parallelism(3, 1, SmallChunk));

        // The test's own surroundings call the pool now and then: what a step queues would show in every attempt.
        long queued = long.MaxValue;
        for (int attempt = 0; attempt < 100 && queued > 0; attempt++)
        {
            long before = ThreadPool.PendingWorkItemCount;
            for (int round = 0; round < 100; round++)
            {
                list.Run(new Parallelism(3, 1, SmallChunk));
            }

            queued = ThreadPool.PendingWorkItemCount - before;
        }

        Assert.True(queued <= 0, $"100 steps queued {queued} times");
    }

    [Fact]
    public void Steps_on_several_threads_allocate_nothing_on_any()
    {
        var random = new Random(Seeds.Base);
        var single = TestArrays.Create(_keys[0], 5000, [0, 0, 0, 0]);
        var list = new ListOfArrays(random, tensors: 50, longest: 300);
        var parallelism = new Parallelism(3, 1, SmallChunk);
        StepConstants constants = StepModes.Constants(RuleKind.Adam, 0, step: 1);
        TensorWork work = new(_keys[0], single.Places());
        Allocations.RequireNoneOnAnyThread(() =>
        {
            for (int step = 0; step < 100; step++)
            {
                ParallelRun.Run(work, constants, parallelism);
                list.Run(parallelism);
            }
        });
        GC.KeepAlive(single);
    }

    [Theory]
    [InlineData(0, 1000, 1)]
    [InlineData(8, 1999, 1)]
    [InlineData(8, 2000, 2)]
    [InlineData(8, 7999, 7)]
    [InlineData(8, 1 << 30, 8)]
    [InlineData(1, 1 << 30, 1)]
    public void Threads_follow_the_work(int threads, int bytes, int expected) =>
        Assert.Equal(expected, new Parallelism(int.Max(threads, 1), 1000, 1).ThreadsFor((ulong)bytes));

    [Fact]
    public void The_option_is_a_limit_below_what_the_process_may_use()
    {
        Assert.Equal(Environment.ProcessorCount, Parallelism.Of(0).Threads);
        Assert.Equal(1, Parallelism.Of(1).Threads);
        Assert.Equal(int.Min(2, Environment.ProcessorCount), Parallelism.Of(2).Threads);
        Assert.Equal(Environment.ProcessorCount, Parallelism.Of(int.MaxValue).Threads);
    }

    private static KernelKey Key(ElementType p, ElementType g, ElementType m, ElementType v) =>
        new(InstructionSets.Current, RuleKind.Adam, new StorageTypes(p, g, m, v));

    private static UpdateArrays Quarters(float* p, nuint length) => new()
    {
        Parameters = (byte*)p,
        Gradients = (byte*)(p + length),
        FirstState = (byte*)(p + (2 * length)),
        SecondState = (byte*)(p + (3 * length)),
        Length = length,
    };

    /// <summary>Tensors of random lengths, storage types and alignments, and what a step makes of each alone.</summary>
    private sealed class ListOfArrays
    {
        private static readonly StepConstants _constants = StepModes.Constants(RuleKind.Adam, 1, step: 3);

        private readonly TestArrays[] _arrays;
        private readonly TestArrays[] _expected;
        private readonly TensorWork[] _works;

        public ListOfArrays(Random random, int tensors, int longest)
        {
            KernelKey[] keys = [.. Enumerable.Range(0, tensors).Select(_ => random.GetItems(_keys, 1)[0])];
            _arrays = [.. keys.Select(key =>
            {
                var arrays = TestArrays.Create(key, random.Next(longest), random.GetItems(_offsets, 1)[0]);
                arrays.Fill(key, random);
                return arrays;
            })];
            _works = [.. _arrays.Zip(keys, (arrays, key) => new TensorWork(key, arrays.Places()))];
            _expected = [.. _arrays.Select(arrays => arrays.CopyAligned())];
            foreach ((TestArrays expected, KernelKey key) in _expected.Zip(keys))
            {
                expected.Run(key, _constants, 0, expected.Length);
            }
        }

        public string? Difference => _arrays.Zip(_expected)
            .Select((pair, i) => pair.First.DifferenceFrom(pair.Second) is string difference ? $"tensor {i}: {difference}" : null)
            .FirstOrDefault(difference => difference is not null);

        public void Run(in Parallelism parallelism)
        {
            using var list = new CheckedList(_works);
            StepConstants constants = _constants;
            list.Tensors.Run(&constants, parallelism);
        }
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastAdam.Kernels;
using FastAdam.Passes;
using FastAdam.Rules;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Passes;

/// <summary>Steps on threads that a host lends: the same bits as on one, whatever the host does with the parts, and nothing after the
/// step.</summary>
[Collection(nameof(ThreadPoolTests))]
public sealed unsafe class HostExecutorTests
{
    private const ulong SmallChunk = 1000;

    /// <summary>Hosts by their names.</summary>
    public static TheoryData<string> Names => ["serial", "reversed", "none", "one", "twice", "threads"];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_list_has_the_same_bits(string name)
    {
        var random = new Random(Seeds.Base);
        for (int round = 0; round < 30; round++)
        {
            int threads = random.Next(2, 9);
            var record = default(Record);
            var list = new ListOfTensors(random, tensors: random.Next(1, 40), longest: round % 4 == 0 ? 3000 : 200);
            list.Run(new Parallelism(threads, 1, (ulong)random.Next(1, 5000), Host(name, &record)));
            Assert.True(list.Difference is null, $"{name}, round {round}, {threads} threads: {list.Difference} {Seeds.Replay}");
            Assert.InRange(record.Parts, list.IsWorthSeveral ? 2u : 0, (uint)threads);
            Assert.Equal(list.IsWorthSeveral ? 1 : 0, record.Calls);
        }
    }

    [Fact]
    public void One_thread_is_the_callers()
    {
        var record = default(Record);
        var list = new ListOfTensors(new Random(Seeds.Base), tensors: 5, longest: 300);
        list.Run(new Parallelism(1, 1, SmallChunk, Host("serial", &record)));
        Assert.Equal(0, record.Calls);
        Assert.Null(list.Difference);
    }

    [Fact]
    public void Parts_that_come_after_the_step_do_nothing()
    {
        var random = new Random(Seeds.Base);
        var record = default(Record);
        for (int round = 0; round < 20; round++)
        {
            var list = new ListOfTensors(random, tensors: 5, longest: 300, cuts: true);
            list.Run(new Parallelism(3, 1, SmallChunk, Host("none", &record)));
            Assert.Null(list.Difference);
            list.Clear();
            for (uint part = 0; part < 4; part++)
            {
                record.Run(record.Work, part);
            }

            Assert.True(list.IsClear, $"round {round}: a part after the step has written.");
        }
    }

    [Fact]
    public void A_work_that_never_was_is_none()
    {
        ParallelRun.Help(nuint.MaxValue);
        ParallelRun.Help(1_000_000);
    }

    [Fact]
    public void Steps_from_several_threads_at_once()
    {
        string?[] differences = new string?[8];
        Thread[] callers = [.. differences.Select((_, caller) => new Thread(() =>
        {
            var random = new Random(Seeds.Base + caller);
            for (int round = 0; round < 50; round++)
            {
                // Beside the pool: what one step leaves behind another one finds.
                var record = default(Record);
                var list = new ListOfTensors(random, tensors: 10, longest: 300);
                list.Run(new Parallelism(3, 1, SmallChunk, round % 2 == 0 ? Host(caller % 2 == 0 ? "threads" : "serial", &record) : default));
                differences[caller] ??= list.Difference;
            }
        }))];
        Array.ForEach(callers, caller => caller.Start());
        Array.ForEach(callers, caller => caller.Join());
        Assert.All(differences, difference => Assert.True(difference is null, $"{difference} {Seeds.Replay}"));
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        var record = default(Record);
        var list = new ListOfTensors(new Random(Seeds.Base), tensors: 20, longest: 300);
        var parallelism = new Parallelism(3, 1, SmallChunk, Host("serial", &record));
        list.Run(parallelism, times: 1);
        Allocations.RequireNone(() => list.Run(parallelism, times: 100));
    }

    [Fact]
    public void A_host_has_the_processes_threads_or_as_many_as_the_step_asks_for()
    {
        var record = default(Record);
        HostExecutor host = Host("serial", &record);
        Assert.Equal(Environment.ProcessorCount, Parallelism.Of(0, host).Threads);
        Assert.Equal(1, Parallelism.Of(1, host).Threads);
        Assert.Equal(1000, Parallelism.Of(1000, host).Threads);
        Assert.Equal(host, Parallelism.Of(1000, host).Executor);
        Assert.False(Parallelism.Of(1000).Executor.IsThere);
    }

    private static HostExecutor Host(string name, Record* record)
    {
        delegate* unmanaged<Record*, delegate* unmanaged<void*, uint, void>, void*, uint, void> function = name switch
        {
            "serial" => &Serial,
            "reversed" => &Reversed,
            "none" => &None,
            "one" => &One,
            "twice" => &Twice,
            _ => &Threads,
        };
        return new HostExecutor(function, record);
    }

    private static void Note(Record* record, delegate* unmanaged<void*, uint, void> run, void* work, uint parts)
    {
        record->Calls++;
        record->Parts = parts;
        record->Run = run;
        record->Work = work;
    }

    [UnmanagedCallersOnly]
    private static void Serial(Record* record, delegate* unmanaged<void*, uint, void> run, void* work, uint parts)
    {
        Note(record, run, work, parts);
        for (uint part = 0; part < parts; part++)
        {
            run(work, part);
        }
    }

    [UnmanagedCallersOnly]
    private static void Reversed(Record* record, delegate* unmanaged<void*, uint, void> run, void* work, uint parts)
    {
        Note(record, run, work, parts);
        while (parts-- != 0)
        {
            run(work, parts);
        }
    }

    [UnmanagedCallersOnly]
    private static void None(Record* record, delegate* unmanaged<void*, uint, void> run, void* work, uint parts) =>
        Note(record, run, work, parts);

    [UnmanagedCallersOnly]
    private static void One(Record* record, delegate* unmanaged<void*, uint, void> run, void* work, uint parts)
    {
        Note(record, run, work, parts);
        run(work, parts - 1);
    }

    [UnmanagedCallersOnly]
    private static void Twice(Record* record, delegate* unmanaged<void*, uint, void> run, void* work, uint parts)
    {
        Note(record, run, work, parts);
        for (uint part = 0; part < 2 * parts; part++)
        {
            run(work, part / 2);
        }
    }

    [UnmanagedCallersOnly]
    private static void Threads(Record* record, delegate* unmanaged<void*, uint, void> run, void* work, uint parts)
    {
        Note(record, run, work, parts);
        var threads = new Thread[parts];
        for (uint i = 0; i < parts; i++)
        {
            uint part = i;
            threads[i] = new Thread(() => run(work, part));
            threads[i].Start();
        }

        Array.ForEach(threads, thread => thread.Join());
    }

    /// <summary>What a host was asked for last.</summary>
    private struct Record
    {
        public int Calls;
        public uint Parts;
        public delegate* unmanaged<void*, uint, void> Run;
        public void* Work;
    }

    /// <summary>Tensors of random lengths, and what a step makes of each alone.</summary>
    private sealed class ListOfTensors
    {
        private static readonly StepConstants _constants = StepModes.Constants(RuleKind.Adam, 1, step: 3);

        private readonly TestArrays[] _arrays;
        private readonly TestArrays[] _expected;
        private readonly TensorWork[] _works;

        public ListOfTensors(Random random, int tensors, int longest, bool cuts = false)
        {
            var key = new KernelKey(
                InstructionSets.Current, RuleKind.Adam, StorageTypes.All(ElementType.Float32));
            _arrays = [.. Enumerable.Range(0, tensors).Select(_ =>
            {
                var arrays = TestArrays.Create(key, cuts ? longest : random.Next(longest), [0, 0, 0, 0]);
                arrays.Fill(key, random);
                return arrays;
            })];
            _works = [.. _arrays.Select(arrays => new TensorWork(key, arrays.Places()))];
            _expected = [.. _arrays.Select(arrays => arrays.CopyAligned())];
            foreach (TestArrays expected in _expected)
            {
                expected.Run(key, _constants, 0, expected.Length);
            }
        }

        /// <summary>Where a byte is worth a thread.</summary>
        public bool IsWorthSeveral => _works.Any(work => work.Arrays.Length != 0);

        public string? Difference => _arrays.Zip(_expected)
            .Select((pair, i) => pair.First.DifferenceFrom(pair.Second) is string difference ? $"tensor {i}: {difference}" : null)
            .FirstOrDefault(difference => difference is not null);

        public bool IsClear => _works.All(work =>
            !new ReadOnlySpan<float>(work.Arrays.Parameters, (int)work.Arrays.Length).ContainsAnyExcept(0f));

        public void Clear()
        {
            foreach (TensorWork work in _works)
            {
                new Span<float>(work.Arrays.Parameters, (int)work.Arrays.Length).Clear();
            }
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        public void Run(in Parallelism parallelism, int times = 1)
        {
            using var list = new CheckedList(_works);
            StepConstants constants = _constants;
            for (int i = 0; i < times; i++)
            {
                list.Tensors.Run(&constants, parallelism);
            }
        }
    }
}

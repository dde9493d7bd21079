using BenchmarkDotNet.Attributes;
using FastAdam.Memory;

namespace FastAdam.Benchmarks.Suites;

/// <summary>How the four arrays of a step lie in memory.</summary>
public enum ArrayLayout
{
    /// <summary>Blocks of the library's own, as of <see cref="AlignedBuffer{T}"/> and fastadam_alloc.</summary>
    Blocks,

    /// <summary>As blocks, in small pages.</summary>
    SmallPages,

    /// <summary>One right behind the other, and so apart by the arrays' length: by a power of two.</summary>
    Adjoining,

    /// <summary>A cache line more apart: loads of one wait for stores to another in the same place of a page.</summary>
    LineBetween,

    /// <summary>64 KiB more apart: on the same sets of the first two caches.</summary>
    SetsBetween,
}

/// <summary>One step of Adam over single precision, by one thread, for each layout of its arrays.</summary>
[Config(typeof(SuiteConfiguration))]
public unsafe class LayoutBenchmarks : IDisposable
{
    private const long Step = 1000;

    private readonly byte*[] _arrays = new byte*[4];
    private Contenders.Memory? _memory;

    /// <summary>Elements: in the second cache, and beyond all, in arrays of 64 and 256 MiB.</summary>
    [Params(1 << 15, 1 << 24, 1 << 26)]
    public int Length { get; set; }

    [ParamsAllValues]
    public ArrayLayout Layout { get; set; }

    [GlobalSetup]
    public void Allocate()
    {
        long bytes = (long)Length * sizeof(float);
        long gap = Layout switch
        {
            ArrayLayout.LineBetween => Stagger.Line,
            ArrayLayout.SetsBetween => Stagger.Span,
            _ => 0,
        };
        if (Layout != ArrayLayout.Blocks)
        {
            _memory = new Contenders.Memory(4 * (bytes + Stagger.Span), prefersHuge: Layout != ArrayLayout.SmallPages);
        }

        for (int array = 0; array < _arrays.Length; array++)
        {
            long offset = Layout == ArrayLayout.SmallPages ? (long)Stagger.Of((uint)array) : array * gap;
            _arrays[array] = Layout == ArrayLayout.Blocks
                ? Block.Allocate((nuint)bytes, threads: 1)
                : _memory!.Start + (array * bytes) + offset;
            new Span<float>(_arrays[array], Length).Fill(0.001f);
        }
    }

    [GlobalCleanup]
    public void Dispose()
    {
        for (int array = 0; array < _arrays.Length && Layout == ArrayLayout.Blocks; array++)
        {
            Block.Free(_arrays[array]);
        }

        _memory?.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public void FastAdam() => Adam.Step(
        InstructionSets.Current,
        (float*)_arrays[0],
        (float*)_arrays[1],
        (float*)_arrays[2],
        (float*)_arrays[3],
        (nuint)Length,
        Step,
        ParameterGroup.AdamW,
        threads: 1);
}

using BenchmarkDotNet.Attributes;
using FastAdam.Benchmarks.Cases;
using FastAdam.Benchmarks.Contenders;
using FastAdam.Codecs;
using FastAdam.Isa;
using FastAdam.Kernels;
using FastAdam.Rules;
using FastAdam.Steps;

namespace FastAdam.Benchmarks.Suites;

/// <summary>One step of the kernel of each instruction set, by one thread, with a plain loop as the baseline.</summary>
/// <typeparam name="TParameter">Storage of parameters and gradients.</typeparam>
/// <typeparam name="TState">Storage of the moments.</typeparam>
[Config(typeof(SuiteConfiguration))]
[GenericTypeArguments(typeof(float), typeof(float))]
[GenericTypeArguments(typeof(BFloat16), typeof(BFloat16))]
[GenericTypeArguments(typeof(Half), typeof(Half))]
[GenericTypeArguments(typeof(BFloat16), typeof(float))]
[GenericTypeArguments(typeof(float), typeof(BFloat16))]
public unsafe class UpdateBenchmarks<TParameter, TState> : IDisposable
    where TParameter : unmanaged
    where TState : unmanaged
{
    private const long Step = 1000;

    private TensorSet _set = null!;

    /// <summary>Elements: within the first cache, within the second, and beyond all.</summary>
    [Params(1 << 10, 1 << 15, 1 << 24)]
    public int Length { get; set; }

    /// <summary>The narrower instruction sets of this CPU and the widest.</summary>
    [ParamsSource(nameof(SupportedInstructionSets))]
    public InstructionSet InstructionSet { get; set; }

    public IEnumerable<InstructionSet> SupportedInstructionSets =>
        Enum.GetValues<InstructionSet>().Where(InstructionSets.IsSupported);

    [GlobalSetup]
    public void Allocate()
    {
        var dtype = new DType("", ElementTypes.Of<TParameter>(), ElementTypes.Of<TState>());
        _set = new TensorSet(new Case(nameof(UpdateBenchmarks<,>), dtype, [Length], Threads: 1));
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _set.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public void FastAdam()
    {
        Tensor tensor = _set.Tensors[0];
        Adam.Step(
            InstructionSet,
            (TParameter*)tensor.Parameters,
            (TParameter*)tensor.Gradients,
            (TState*)tensor.ExpAvg,
            (TState*)tensor.ExpAvgSq,
            (nuint)tensor.Length,
            Step,
            ParameterGroup.AdamW,
            threads: 1);
    }

    /// <summary>The loop alone, which a step reaches by its address: here a disassembler can follow.</summary>
    [Benchmark]
    public nuint Loop() => InstructionSet switch
    {
        InstructionSet.Avx512 => Loop<Avx512Vector>(),
        InstructionSet.Avx2 => Loop<Avx2Vector>(),
        InstructionSet.Neon => Loop<NeonVector>(),
        _ => Loop<ScalarVector>(),
    };

    [Benchmark]
    public void Limit()
    {
        Tensor tensor = _set.Tensors[0];
        LimitLoop.Run(tensor, Work.AdamW.State, sizeof(TParameter), sizeof(TState));
    }

    [Benchmark(Baseline = true)]
    public void Naive()
    {
        Tensor tensor = _set.Tensors[0];
        NaiveLoop.Step(
            new Span<TParameter>(tensor.Parameters, Length),
            new ReadOnlySpan<TParameter>(tensor.Gradients, Length),
            new Span<TState>(tensor.ExpAvg, Length),
            new Span<TState>(tensor.ExpAvgSq, Length),
            Step,
            ParameterGroup.AdamW);
    }

    private nuint Loop<V>()
        where V : unmanaged, IVector<V> =>
        typeof(TParameter) == typeof(float) ? Loop<V, Float32Codec>()
        : typeof(TParameter) == typeof(Half) ? Loop<V, Float16Codec>()
        : Loop<V, BFloat16Codec>();

    private nuint Loop<V, P>()
        where V : unmanaged, IVector<V>
        where P : ICodec =>
        typeof(TState) == typeof(float) ? Loop<V, P, Float32Codec>()
        : typeof(TState) == typeof(Half) ? Loop<V, P, Float16Codec>()
        : Loop<V, P, BFloat16Codec>();

    private nuint Loop<V, P, S>()
        where V : unmanaged, IVector<V>
        where P : ICodec
        where S : ICodec
    {
        Tensor tensor = _set.Tensors[0];
        var arrays = new UpdateArrays
        {
            Parameters = tensor.Parameters,
            Gradients = tensor.Gradients,
            FirstState = tensor.ExpAvg,
            SecondState = tensor.ExpAvgSq,
            Length = (nuint)tensor.Length,
        };
        ParameterGroup group = ParameterGroup.AdamW;
        return UpdateLoop<V, P, P, S, S, AdamRule<V, Off>, Off>.Run(
            arrays, 0, arrays.Length, AdamConstants.OfThread.At(group.Values, Step));
    }
}

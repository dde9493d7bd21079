using System.Runtime.CompilerServices;
using FastAdam.Rules;

namespace FastAdam.Kernels;

/// <summary>What a pass over a list of tensors does with each part of it.</summary>
internal enum PassKind
{
    /// <summary>Updates it.</summary>
    Update,

    /// <summary>Updates it, block by block, and says what became of the parameters.</summary>
    UpdateAndCompare,

    /// <summary>Reads its gradients, block by block.</summary>
    MeasureGradients,
}

/// <summary>One pass over a list of tensors, of which any part can be done on any thread.</summary>
/// <param name="Tensors">The list, from the first place of the array on.</param>
/// <param name="Ends">For each tensor, the bytes of the list up to its end.</param>
/// <param name="Count">Tensors in the list.</param>
/// <param name="Constants">Those that the tensors name.</param>
internal readonly record struct ListPass(TensorWork[] Tensors, ulong[] Ends, int Count, StepConstants[] Constants)
{
    public PassKind Kind { get; init; }

    /// <summary>For each tensor, how many blocks the tensors before it have; for passes that go block by block.</summary>
    public int[] FirstBlocks { get; init; } = [];

    /// <summary>Takes what is known of each block's gradients.</summary>
    public GradientSums[] GradientSums { get; init; } = [];

    /// <summary>Takes what became of each block's parameters.</summary>
    public ParameterSums[] ParameterSums { get; init; } = [];

    /// <summary>Bytes of all that the pass reads or writes, as if of floats.</summary>
    public ulong FloatBytes { get; init; }

    /// <summary>Bytes of the list.</summary>
    public ulong Bytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Count == 0 ? 0 : Ends[Count - 1];
    }

    /// <summary>Does all of it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void RunAll() => RunBetween(default, new ListPosition(Count, 0));

    /// <summary>Does the chunk from that many bytes of the list up to that many.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void RunChunk(ulong start, ulong end) => RunBetween(At(start), At(end));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private ListPosition At(ulong bytes) =>
        ListCuts.At(Tensors.AsSpan(0, Count), Ends.AsSpan(0, Count), bytes, wholeBlocks: Kind != PassKind.Update);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunBetween(ListPosition from, ListPosition to)
    {
        nuint start = from.Element;
        for (int i = from.Tensor; i < to.Tensor; i++)
        {
            RunPart(i, start, Tensors[i].Streams.Length);
            start = 0;
        }

        if (to.Element != 0)
        {
            RunPart(to.Tensor, start, to.Element);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunPart(int index, nuint start, nuint end)
    {
        ref readonly TensorWork tensor = ref Tensors[index];
        if (start >= end)
        {
            return;
        }

        if (Kind == PassKind.Update)
        {
            bool whole = end - start == tensor.Streams.Length;
            KernelRegistry.Run(tensor.Key, whole ? tensor.Streams : tensor.Part(start, end), Constants[tensor.Constants]);
            return;
        }

        for (nuint block = start; block < end; block += LaneSums.BlockLength)
        {
            Streams part = tensor.Part(block, nuint.Min(block + LaneSums.BlockLength, end));
            RunBlock(tensor, part, FirstBlocks[index] + (int)(block / LaneSums.BlockLength));
        }
    }

    // Inlined, it would leave the JIT no budget for what updates are made of.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private unsafe void RunBlock(in TensorWork tensor, in Streams part, int block)
    {
        ref readonly StepConstants constants = ref Constants[tensor.Constants];
        if (Kind == PassKind.MeasureGradients)
        {
            GradientSums[block] = KernelRegistry.Measure(
                tensor.Key.InstructionSet, tensor.Key.Gradients, part.Gradients, (int)part.Length, constants.GradientScale);
        }
        else
        {
            ParameterSums[block] = KernelRegistry.RunAndCompare(tensor.Key, part, constants);
        }
    }
}

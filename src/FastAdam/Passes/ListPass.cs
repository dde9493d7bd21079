using System.Runtime.CompilerServices;
using FastAdam.Kernels;
using FastAdam.Rules;

namespace FastAdam.Passes;

/// <summary>What a pass over a list of tensors does with each part of it.</summary>
internal enum PassKind
{
    /// <summary>Updates it.</summary>
    Update,

    /// <summary>Updates it, block by block, and says what became of the parameters.</summary>
    UpdateAndCompare,

    /// <summary>Reads its gradients, block by block.</summary>
    MeasureGradients,

    /// <summary>Moves its parameters towards the first state array, or away from it.</summary>
    Mix,
}

/// <summary>One pass over a list of tensors. Any part of it can be done on any thread.</summary>
internal unsafe struct ListPass
{
    public PassKind Kind;

    /// <summary>Tensors in the list.</summary>
    public nuint Count;

    public TensorWork* Tensors;

    /// <summary>For each tensor, the bytes of the list up to its end.</summary>
    public ulong* Ends;

    /// <summary>Those that the tensors name.</summary>
    public StepConstants* Constants;

    /// <summary>For each tensor, how many blocks the tensors before it have; for passes that go block by block.</summary>
    public nuint* FirstBlocks;

    /// <summary>Takes what is known of each block's gradients.</summary>
    public GradientSums* GradientSums;

    /// <summary>Takes what became of each block's parameters.</summary>
    public ParameterSums* ParameterSums;

    /// <summary>Bytes of all that the pass reads or writes, as if of floats.</summary>
    public ulong FloatBytes;

    /// <summary>Bytes of the list.</summary>
    public readonly ulong Bytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Count == 0 ? 0 : Ends[Count - 1];
    }

    /// <summary>Does all of it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void RunAll() => RunBetween(default, new ListPosition(Count, 0));

    /// <summary>Does the chunk from that many bytes of the list up to that many.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void RunChunk(ulong start, ulong end) => RunBetween(At(start), At(end));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly ListPosition At(ulong bytes) => ListCuts.At(Tensors, Ends, Count, bytes, wholeBlocks: Kind != PassKind.Update);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void RunBetween(ListPosition from, ListPosition to)
    {
        nuint start = from.Element;
        for (nuint i = from.Tensor; i < to.Tensor; i++)
        {
            RunPart(i, start, Tensors[i].Arrays.Length);
            start = 0;
        }

        if (to.Element != 0)
        {
            RunPart(to.Tensor, start, to.Element);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void RunPart(nuint index, nuint start, nuint end)
    {
        ref readonly TensorWork tensor = ref Tensors[index];
        if (start >= end)
        {
            return;
        }

        if (Kind != PassKind.Update)
        {
            RunBlocks(tensor, FirstBlocks[index], start, end);
            return;
        }

        ref readonly StepConstants constants = ref Constants[tensor.Constants];
        if (end - start == tensor.Arrays.Length)
        {
            KernelTable.Run(tensor.Key, tensor.Arrays, constants);
        }
        else
        {
            KernelTable.Run(tensor.Key, tensor.Arrays.Part(tensor.Key, start, end), constants);
        }
    }

    // Inlined, it would leave the JIT no budget for what updates are made of.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private readonly void RunBlocks(in TensorWork tensor, nuint firstBlock, nuint start, nuint end)
    {
        ref readonly StepConstants constants = ref Constants[tensor.Constants];
        for (nuint block = start; block < end; block += LaneSums.BlockLength)
        {
            UpdateArrays part = tensor.Arrays.Part(tensor.Key, block, nuint.Min(block + LaneSums.BlockLength, end));
            nuint place = firstBlock + (block / LaneSums.BlockLength);
            if (Kind == PassKind.MeasureGradients)
            {
                GradientSums[place] = KernelTable.Measure(
                    tensor.Key.InstructionSet,
                    tensor.Key.Types[ArrayRole.Gradients],
                    part.Gradients,
                    (int)part.Length,
                    constants.GradientScale);
            }
            else if (Kind == PassKind.Mix)
            {
                KernelTable.Mix(tensor.Key, part, constants.Coefficients.As<float>());
            }
            else
            {
                ParameterSums[place] = KernelTable.RunAndCompare(tensor.Key, part, constants);
            }
        }
    }
}

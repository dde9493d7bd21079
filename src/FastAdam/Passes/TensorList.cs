using System.Runtime.CompilerServices;
using FastAdam.Kernels;
using FastAdam.Memory;
using FastAdam.Rules;

namespace FastAdam.Passes;

/// <summary>
/// The tensors that make one step together. It remembers the last list: the checks take longer than the update of small tensors, and
/// need not be repeated for the same one.
/// </summary>
internal unsafe struct TensorList
{
    private NativeBuffer<TensorWork> _tensors;
    private NativeBuffer<ulong> _ends;
    private NativeBuffer<nuint> _firstBlocks;
    private NativeBuffer<GradientSums> _gradientSums;
    private NativeBuffer<ParameterSums> _parameterSums;
    private nuint _blockCount;
    private ulong _floatBytes;

    /// <summary>How many tensors there are.</summary>
    public nuint Count { get; private set; }

    /// <summary>True once these very tensors were accepted.</summary>
    public bool IsAccepted { get; private set; }

    /// <summary>Elements of all tensors' parameters.</summary>
    public ulong Elements { get; private set; }

    /// <summary>Bytes of its work area.</summary>
    public readonly nuint Bytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _tensors.Bytes + _ends.Bytes + _firstBlocks.Bytes + _gradientSums.Bytes + _parameterSums.Bytes;
    }

    public readonly ref readonly TensorWork this[nuint index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _tensors[index];
    }

    /// <summary>Makes it a list of that many tensors, each of which must then be set.</summary>
    /// <exception cref="OutOfMemoryException">The system does not give that much.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Resize(nuint count)
    {
        if (count != Count)
        {
            IsAccepted = false;
            Count = 0;
            _tensors.Reserve(count);
            _ends.Reserve(count);
            _firstBlocks.Reserve(count);
            Count = count;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Set(nuint index, in TensorWork tensor) => Set(index, tensor.Key, tensor.Arrays, tensor.Constants, tensor.Numbers);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Set(nuint index, in KernelKey key, in UpdateArrays arrays, int constants, double* numbers)
    {
        // What the place held means nothing in a list that was not accepted.
        ref TensorWork place = ref _tensors[index];
        if (!IsAccepted || !place.Is(key, arrays, constants, numbers))
        {
            place = new TensorWork(key, arrays, constants, numbers);
            IsAccepted = false;
        }
    }

    /// <summary>Says that these tensors are valid, until a different one is set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Accept()
    {
        ulong end = 0;
        ulong elements = 0;
        ulong floatBytes = 0;
        nuint blocks = 0;
        for (nuint i = 0; i < Count; i++)
        {
            ref readonly TensorWork tensor = ref _tensors[i];
            end += tensor.Bytes;
            elements += tensor.Arrays.Length;
            floatBytes += tensor.FloatBytes;
            _ends[i] = end;
            _firstBlocks[i] = blocks;
            blocks += tensor.Blocks;
        }

        (_blockCount, Elements, _floatBytes) = (blocks, elements, floatBytes);
        IsAccepted = true;
    }

    /// <summary>Makes room for what the passes measure.</summary>
    /// <exception cref="OutOfMemoryException">The system does not give that much.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void ReserveSums(bool ofGradients, bool ofParameters)
    {
        _gradientSums.Reserve(ofGradients ? _blockCount : 0);
        _parameterSums.Reserve(ofParameters ? _blockCount : 0);
    }

    /// <summary>Moves every tensor's parameters towards its first state array, or away from it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Mix(StepConstants* constants, in Parallelism parallelism) =>
        ParallelRun.Run(Pass(PassKind.Mix, constants), parallelism);

    /// <summary>Runs every tensor's kernel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run(StepConstants* constants, in Parallelism parallelism) =>
        ParallelRun.Run(Pass(PassKind.Update, constants), parallelism);

    /// <summary>The same, with what became of the parameters.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly ParameterSums RunAndCompare(StepConstants* constants, in Parallelism parallelism)
    {
        ParallelRun.Run(Pass(PassKind.UpdateAndCompare, constants), parallelism);
        ParameterSums total = default;
        for (nuint i = 0; i < _blockCount; i++)
        {
            ParameterSums block = _parameterSums[i];
            total = new ParameterSums(
                total.UpdateSquareSum + block.UpdateSquareSum, total.SquareSum + block.SquareSum, total.Unchanged + block.Unchanged);
        }

        return total;
    }

    /// <summary>Reads all gradients.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly GradientSums MeasureGradients(StepConstants* constants, in Parallelism parallelism)
    {
        ParallelRun.Run(Pass(PassKind.MeasureGradients, constants), parallelism);
        GradientSums total = default;
        for (nuint i = 0; i < _blockCount; i++)
        {
            GradientSums block = _gradientSums[i];
            total = new GradientSums(total.SquareSum + block.SquareSum, total.NonFinite + block.NonFinite);
        }

        return total;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Free()
    {
        (Count, IsAccepted) = (0, false);
        _tensors.Free();
        _ends.Free();
        _firstBlocks.Free();
        _gradientSums.Free();
        _parameterSums.Free();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly ListPass Pass(PassKind kind, StepConstants* constants) => new()
    {
        Kind = kind,
        Count = Count,
        Tensors = _tensors.Pointer,
        Ends = _ends.Pointer,
        Constants = constants,
        FirstBlocks = _firstBlocks.Pointer,
        GradientSums = _gradientSums.Pointer,
        ParameterSums = _parameterSums.Pointer,
        FloatBytes = kind == PassKind.MeasureGradients ? Elements * sizeof(float) : _floatBytes,
    };
}

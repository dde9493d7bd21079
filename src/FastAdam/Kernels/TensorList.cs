using System.Buffers;
using System.Runtime.CompilerServices;
using FastAdam.Rules;

namespace FastAdam.Kernels;

/// <summary>
/// The tensors that make one step together. A thread keeps its last list, so that the checks, which take longer than the update
/// of small tensors, need not be repeated for the same one.
/// </summary>
internal sealed class TensorList : IDisposable
{
    /// <summary>Tensors in the longest list that is kept: about 1 MiB.</summary>
    private const int LongestKept = 1 << 14;

    [ThreadStatic]
    private static TensorList? _kept;

    private TensorWork[] _tensors = [];
    private ulong[] _ends = [];
    private int[] _order = [];
    private int[] _firstBlocks = [];
    private StepConstants[] _constants = new StepConstants[1];
    private GradientSums[] _gradientSums = [];
    private ParameterSums[] _parameterSums = [];
    private int _count;
    private int _orderedCount;
    private int _blockCount;
    private ulong _floatBytes;

    /// <summary>Whether these very tensors have been checked.</summary>
    public bool IsChecked { get; private set; }

    public ReadOnlySpan<TensorWork> Tensors
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _tensors.AsSpan(0, _count);
    }

    /// <summary>Elements of all tensors' parameters.</summary>
    public ulong Elements { get; private set; }

    /// <summary>The thread's list, each place of which must then be set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static TensorList Take(int count)
    {
        // No longer the thread's while it is in use: a wait may run other code on this thread.
        TensorList list = _kept ?? new TensorList();
        _kept = null;
        list.Resize(count);
        return list;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Set(int index, in TensorWork tensor)
    {
        ref TensorWork place = ref _tensors[index];
        if (!place.Equals(tensor))
        {
            place = tensor;
            IsChecked = false;
        }
    }

    /// <summary>What <see cref="ListOverlap"/> finds in this list.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public (int Array, int Other)? FindOverlap()
    {
        int arrays = checked(TensorArrays.PerTensor * _count);
        if (_order.Length < arrays)
        {
            Replace(ref _order, ArrayPool<int>.Shared.Rent(arrays));
            _orderedCount = 0;
        }

        if (_orderedCount != _count)
        {
            for (int i = 0; i < arrays; i++)
            {
                _order[i] = i;
            }

            _orderedCount = _count;
        }

        return ListOverlap.Find(new TensorArrays(Tensors), _order.AsSpan(0, arrays));
    }

    /// <summary>Room for at least that many constants, which the tensors name by their numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public Span<StepConstants> Constants(int count)
    {
        if (count > _constants.Length)
        {
            Array.Resize(ref _constants, int.Max(count, 2 * _constants.Length));
        }

        return _constants;
    }

    /// <summary>Says that these tensors have been checked, until a different one is set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Accept()
    {
        ulong end = 0;
        ulong elements = 0;
        ulong floatBytes = 0;
        int blocks = 0;
        for (int i = 0; i < _count; i++)
        {
            end += _tensors[i].Bytes;
            elements += _tensors[i].Streams.Length;
            floatBytes += _tensors[i].FloatBytes;
            _ends[i] = end;
            _firstBlocks[i] = blocks;
            blocks += (int)((_tensors[i].Streams.Length + LaneSums.BlockLength - 1) / LaneSums.BlockLength);
        }

        (_blockCount, Elements, _floatBytes) = (blocks, elements, floatBytes);
        IsChecked = true;
    }

    /// <summary>Runs every tensor's kernel. Everything has been checked.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(in Parallelism parallelism) => ParallelRun.Run(Pass(PassKind.Update), parallelism);

    /// <summary>The same, with what became of the parameters.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public ParameterSums RunAndCompare(in Parallelism parallelism)
    {
        Fit(ref _parameterSums, _blockCount);
        ParallelRun.Run(Pass(PassKind.UpdateAndCompare) with { ParameterSums = _parameterSums }, parallelism);
        ParameterSums total = default;
        foreach (ParameterSums block in _parameterSums.AsSpan(0, _blockCount))
        {
            total = new ParameterSums(
                total.UpdateSquareSum + block.UpdateSquareSum, total.SquareSum + block.SquareSum, total.Unchanged + block.Unchanged);
        }

        return total;
    }

    /// <summary>Reads all gradients.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public GradientSums MeasureGradients(in Parallelism parallelism)
    {
        Fit(ref _gradientSums, _blockCount);
        ParallelRun.Run(Pass(PassKind.MeasureGradients) with { GradientSums = _gradientSums }, parallelism);
        GradientSums total = default;
        foreach (GradientSums block in _gradientSums.AsSpan(0, _blockCount))
        {
            total = new GradientSums(total.SquareSum + block.SquareSum, total.NonFinite + block.NonFinite);
        }

        return total;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ListPass Pass(PassKind kind) => new(_tensors, _ends, _count, _constants)
    {
        Kind = kind,
        FirstBlocks = _firstBlocks,
        FloatBytes = kind == PassKind.MeasureGradients ? Elements * sizeof(float) : _floatBytes,
    };

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Fit<T>(ref T[] sums, int count)
    {
        if (sums.Length < count)
        {
            sums = new T[count];
        }
    }

    /// <summary>Gives the list back to the thread.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Dispose()
    {
        if (_count > LongestKept)
        {
            Resize(0);
            Replace(ref _tensors, []);
            Replace(ref _ends, []);
            Replace(ref _order, []);
            _orderedCount = 0;
            Replace(ref _firstBlocks, []);
        }

        _kept = this;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Resize(int count)
    {
        if (count > _tensors.Length)
        {
            // The pool gives more than it is asked for: the others must have places for as many.
            Replace(ref _tensors, ArrayPool<TensorWork>.Shared.Rent(count));
            Replace(ref _ends, ArrayPool<ulong>.Shared.Rent(_tensors.Length));
            Replace(ref _firstBlocks, ArrayPool<int>.Shared.Rent(_tensors.Length));
        }

        if (count != _count)
        {
            IsChecked = false;
            _count = count;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Replace<T>(ref T[] rented, T[] replacement)
    {
        if (rented.Length != 0)
        {
            ArrayPool<T>.Shared.Return(rented);
        }

        rented = replacement;
    }
}

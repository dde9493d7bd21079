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
    private int _count;

    /// <summary>Whether these very tensors have been checked.</summary>
    public bool IsChecked { get; private set; }

    public ReadOnlySpan<TensorWork> Tensors => _tensors.AsSpan(0, _count);

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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Set(int index, in TensorWork tensor)
    {
        ref TensorWork place = ref _tensors[index];
        if (place != tensor)
        {
            place = tensor;
            IsChecked = false;
        }
    }

    /// <summary><see cref="ListOverlap.Find(ReadOnlySpan{TensorWork}, Span{int})"/> in this list.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public (int Array, int Other)? FindOverlap() =>
        ListOverlap.Find(Tensors, _order.AsSpan(0, ListOverlap.ArraysPerTensor * _count));

    /// <summary>Says that these tensors have been checked, until a different one is set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Accept()
    {
        ulong end = 0;
        for (int i = 0; i < _count; i++)
        {
            end += _tensors[i].Bytes;
            _ends[i] = end;
        }

        IsChecked = true;
    }

    /// <summary>Runs every tensor's kernel. Everything has been checked.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Run(in AdamConstants constants, in Parallelism parallelism) =>
        ParallelRun.Run(_tensors, _ends, _count, constants, parallelism);

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
            Replace(ref _order, ArrayPool<int>.Shared.Rent(ListOverlap.ArraysPerTensor * _tensors.Length));
        }

        if (count != _count)
        {
            IsChecked = false;
            _count = count;
            for (int i = 0; i < ListOverlap.ArraysPerTensor * count; i++)
            {
                _order[i] = i;
            }
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

using System.Buffers;
using FastAdam.Rules;

namespace FastAdam.Kernels;

/// <summary>One tensor of a list: its arrays and the kernel for them.</summary>
internal readonly record struct TensorWork(KernelKey Key, Streams Streams);

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
    private int _count;

    /// <summary>Whether these very tensors have been checked. Setting a different one takes it back.</summary>
    public bool IsChecked { get; set; }

    public ReadOnlySpan<TensorWork> Tensors => _tensors.AsSpan(0, _count);

    /// <summary>The thread's list, each place of which must then be set.</summary>
    public static TensorList Take(int count)
    {
        // No longer the thread's while it is in use: a wait may run other code on this thread.
        TensorList list = _kept ?? new TensorList();
        _kept = null;
        list.Resize(count);
        return list;
    }

    public void Set(int index, in TensorWork tensor)
    {
        ref TensorWork place = ref _tensors[index];
        if (place != tensor)
        {
            place = tensor;
            IsChecked = false;
        }
    }

    /// <summary>Runs every tensor's kernel. Everything has been checked.</summary>
    public void Run(in AdamConstants constants)
    {
        foreach (ref readonly TensorWork tensor in Tensors)
        {
            if (tensor.Streams.Length != 0)
            {
                KernelRegistry.Run(tensor.Key, tensor.Streams, constants);
            }
        }
    }

    /// <summary>Gives the list back to the thread.</summary>
    public void Dispose()
    {
        if (_count > LongestKept)
        {
            Resize(0);
            Replace([]);
        }

        _kept = this;
    }

    private void Resize(int count)
    {
        if (count != _count)
        {
            IsChecked = false;
            _count = count;
        }

        if (count > _tensors.Length)
        {
            Replace(ArrayPool<TensorWork>.Shared.Rent(count));
        }
    }

    private void Replace(TensorWork[] tensors)
    {
        if (_tensors.Length != 0)
        {
            ArrayPool<TensorWork>.Shared.Return(_tensors);
        }

        _tensors = tensors;
    }
}

using System.Runtime.CompilerServices;
using FastAdam.Memory;

namespace FastAdam.Passes;

/// <summary>The bytes of an array of a list, and which array it is.</summary>
/// <param name="Start">The first byte.</param>
/// <param name="End">The byte behind the last.</param>
/// <param name="Owner">The index of its tensor or table.</param>
/// <param name="Array">Which of that one's arrays it is.</param>
/// <param name="IsWritten">False where the step only reads it: it may share memory with others that are read.</param>
internal readonly record struct ArrayBytes(nuint Start, nuint End, int Owner, byte Array, bool IsWritten);

/// <summary>Finds arrays of a list that share a byte and must not.</summary>
internal unsafe struct ListOverlap
{
    private NativeBuffer<ArrayBytes> _arrays;
    private NativeBuffer<nuint> _starts;

    // The arrays' numbers in the order of their starts. The next list mostly is the last one with some arrays elsewhere: sorting takes
    // least where it begins with the last order.
    private NativeBuffer<int> _order;
    private int _orderedCount;
    private int _count;

    /// <summary>Bytes of its work area.</summary>
    public readonly nuint Bytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _arrays.Bytes + _starts.Bytes + _order.Bytes;
    }

    /// <summary>Makes room for that many arrays, and forgets those that were added.</summary>
    /// <exception cref="OutOfMemoryException">The system does not give that much, or there are more than can be counted.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Reserve(nuint arrays)
    {
        if (arrays > int.MaxValue)
        {
#pragma warning disable CA2201 // It is the runtime's exception for just this.
            throw new OutOfMemoryException($"The work area of a step can have at most {int.MaxValue} arrays, not {arrays}.");
#pragma warning restore CA2201
        }

        if (arrays > _order.Capacity)
        {
            _orderedCount = 0;
        }

        _arrays.Reserve(arrays);
        _starts.Reserve(arrays);
        _order.Reserve(arrays);
        _count = 0;
    }

    /// <summary>Adds an array.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(in ArrayBytes array)
    {
        if (array.End != array.Start)
        {
            _arrays[(nuint)_count++] = array;
        }
    }

    /// <summary>Two of the arrays that overlap and must not, that of the later owner first; or null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public (ArrayBytes Array, ArrayBytes Other)? Find()
    {
        Sort();
        ArrayBytes last = default;
        ArrayBytes lastWritten = default;
        for (int i = 0; i < _count; i++)
        {
            // In this order, an array overlaps an earlier one exactly if it starts before the last of those ends.
            ArrayBytes array = _arrays[(nuint)_order[(nuint)i]];
            ArrayBytes other = array.IsWritten ? last : lastWritten;
            if (array.Start < other.End)
            {
                bool isLater = (array.Owner, array.Array).CompareTo((other.Owner, other.Array)) > 0;
                return isLater ? (array, other) : (other, array);
            }

            last = array.End > last.End ? array : last;
            lastWritten = array.IsWritten && array.End > lastWritten.End ? array : lastWritten;
        }

        return null;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Free()
    {
        _arrays.Free();
        _starts.Free();
        _order.Free();
        _orderedCount = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Sort()
    {
        if (_orderedCount != _count)
        {
            for (int i = 0; i < _count; i++)
            {
                _order[(nuint)i] = i;
            }

            _orderedCount = _count;
        }

        for (int i = 0; i < _count; i++)
        {
            _starts[(nuint)i] = _arrays[(nuint)_order[(nuint)i]].Start;
        }

        new Span<nuint>(_starts.Pointer, _count).Sort(new Span<int>(_order.Pointer, _count));
    }
}

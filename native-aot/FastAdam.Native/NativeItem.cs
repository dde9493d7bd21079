using System.Runtime.CompilerServices;
using FastAdam.Checks;

namespace FastAdam.Native;

/// <summary>
/// Structures of C programs, which say their size. A program that was compiled with an older header has smaller ones, and one with a newer
/// header larger ones: what it lacks has its default, and what this library does not know must be zero.
/// </summary>
internal static unsafe class NativeItem
{
    /// <summary>The largest that any version can be thought to have: the face in C has the same.</summary>
    private const uint LargestSize = 4096;

    /// <summary>Copies a structure.</summary>
    /// <param name="argument">What errors call it.</param>
    /// <param name="structure">The caller's. Its size was read.</param>
    /// <param name="size">Its size.</param>
    /// <param name="requiredSize">Bytes that every caller's has.</param>
    /// <param name="copy">Takes its bytes, and keeps its own where the caller's has none.</param>
    /// <exception cref="ArgumentOutOfRangeException">No version has that size, or the structure says what is not known here.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read<T>(string argument, byte* structure, uint size, int requiredSize, ref T copy)
        where T : unmanaged
    {
        if (size == sizeof(T))
        {
            copy = Unsafe.ReadUnaligned<T>(structure);
        }
        else
        {
            ReadOther(argument, structure, size, requiredSize, ref copy);
        }
    }

    /// <summary>Whether a version can have a structure of that size.</summary>
    public static bool IsPossible(uint size, int requiredSize) =>
        size >= requiredSize && size <= LargestSize && size % sizeof(double) == 0;

    public static ArgumentOutOfRangeException WrongSize(string argument, uint size) => Faults.OutOfRange(
        Fault.StructSize, argument, size, "struct_size is none that a version of this library has had, or what is behind its own is not zero.");

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ReadOther<T>(string argument, byte* structure, uint size, int requiredSize, ref T copy)
        where T : unmanaged
    {
        if (!IsPossible(size, requiredSize)
            || (size > sizeof(T) && new ReadOnlySpan<byte>(structure + sizeof(T), (int)size - sizeof(T)).ContainsAnyExcept((byte)0)))
        {
            throw WrongSize(argument, size);
        }

        fixed (T* own = &copy)
        {
            Unsafe.CopyBlockUnaligned(own, structure, uint.Min(size, (uint)sizeof(T)));
        }
    }
}

/// <summary>A list of structures of a C program, one behind the other.</summary>
internal readonly unsafe struct NativeList
{
    private readonly string _argument;
    private readonly byte* _first;
    private readonly uint _size;

    /// <param name="argument">What errors call it.</param>
    /// <param name="first">The first structure.</param>
    /// <param name="count">How many there are.</param>
    /// <exception cref="ArgumentException">The list is null though it is not empty, or is too long.</exception>
    public NativeList(string argument, void* first, nuint count)
    {
        _argument = argument;
        _first = (byte*)first;
        if (count == 0)
        {
            return;
        }

        if (first == null)
        {
            throw Faults.Null(argument);
        }

        if (count > int.MaxValue)
        {
            throw Faults.OutOfRange(Fault.Length, argument, count, "A list can have at most 2^31 - 1 items.");
        }

        Count = (int)count;
        _size = *(uint*)first;
    }

    public int Count { get; }

    /// <summary>Whether the items are as large as this library's own.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool HasSizeOf<T>()
        where T : unmanaged => _size == sizeof(T);

    /// <summary>Copies an item.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Its size is not that of the first, or none that a version has.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Read<T>(int index, int requiredSize, ref T copy)
        where T : unmanaged
    {
        byte* item = _first + ((nuint)index * _size);
        if (*(uint*)item != _size)
        {
            throw NativeItem.WrongSize(_argument, *(uint*)item);
        }

        NativeItem.Read(_argument, item, _size, requiredSize, ref copy);
    }
}

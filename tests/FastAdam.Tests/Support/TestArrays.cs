using System.Runtime.InteropServices;
using FastAdam.Kernels;
using FastAdam.Rules;

namespace FastAdam.Tests.Support;

/// <summary>
/// The arrays of an update, each in the middle of a buffer of sentinel bytes, at a chosen offset: what a kernel is run on,
/// and compared with.
/// </summary>
internal sealed class TestArrays
{
    private const byte Sentinel = 0xa5;
    private const int Margin = 128;
    private static readonly string[] _names = ["parameters", "gradients", "first state", "second state", "third state"];

    // Null where the rule keeps no such array.
    private readonly ElementType?[] _types;
    private readonly int[] _offsets;
    private readonly byte[][] _buffers;

    private TestArrays(ElementType?[] types, int length, int[] offsets, byte[][] buffers)
    {
        _types = types;
        Length = length;
        _offsets = offsets;
        _buffers = buffers;
    }

    public int Length { get; }

    /// <param name="key">Whose storage types.</param>
    /// <param name="length">Elements in each array.</param>
    /// <param name="byteOffsets">Offsets of the arrays from a 64-byte boundary, in bytes; they begin again where there are fewer.</param>
    public static TestArrays Create(in KernelKey key, int length, ReadOnlySpan<int> byteOffsets)
    {
        var types = new ElementType?[Streams.Count];
        int[] offsets = new int[Streams.Count];
        byte[][] buffers = new byte[Streams.Count][];
        for (int i = 0; i < Streams.Count; i++)
        {
            types[i] = key.Has(i) ? key.Type(i) : null;

            // Pinned, so that the offset from the boundary stays.
            buffers[i] = GC.AllocateUninitializedArray<byte>(Bytes(types[i], length) + (2 * Margin) + 128, pinned: true);
            buffers[i].AsSpan().Fill(Sentinel);
            offsets[i] = AlignedMargin(buffers[i]) + byteOffsets[i % byteOffsets.Length];
        }

        return new TestArrays(types, length, offsets, buffers);
    }

    public void Fill(in KernelKey key, Random random)
    {
        Func<float> numbers = TestNumbers.Source(random);
        for (int i = 0; i < Length; i++)
        {
            for (int array = 0; array < Streams.Count; array++)
            {
                if (key.Has(array))
                {
                    float number = numbers();
                    Storage.Write(Array(array), key.Type(array), i, array == 3 ? Math.Abs(number) : number);
                }
            }
        }
    }

    /// <summary>A copy whose arrays start at their 64-byte boundaries.</summary>
    public TestArrays CopyAligned()
    {
        int[] offsets = new int[Streams.Count];
        byte[][] buffers = new byte[Streams.Count][];
        for (int i = 0; i < Streams.Count; i++)
        {
            buffers[i] = GC.AllocateUninitializedArray<byte>(_buffers[i].Length, pinned: true);
            buffers[i].AsSpan().Fill(Sentinel);
            offsets[i] = AlignedMargin(buffers[i]);
            Array(i).CopyTo(buffers[i].AsSpan(offsets[i]));
        }

        return new TestArrays(_types, Length, offsets, buffers);
    }

    public void Run(in KernelKey key, in StepConstants constants, int start, int count) =>
        KernelRegistry.Run(key, Work(key).Part((nuint)start, (nuint)(start + count)), constants);

    /// <summary>The arrays as the work of that kernel, valid as long as this object is referenced.</summary>
    public unsafe TensorWork Work(in KernelKey key) =>
        new(key, new Streams(Address(0), Address(1), Address(2), Address(3), Address(4), (nuint)Length));

    /// <summary>What a run did that another did not, or null: the first element that differs, or a sentinel that is gone.</summary>
    public string? DifferenceFrom(TestArrays expected)
    {
        for (int array = 0; array < Streams.Count; array++)
        {
            ReadOnlySpan<byte> actual = Array(array);
            ReadOnlySpan<byte> wanted = expected.Array(array);
            if (_types[array] is ElementType type && !actual.SequenceEqual(wanted))
            {
                for (int i = 0; i < Length; i++)
                {
                    uint actualBits = Storage.ReadBits(actual, type, i);
                    uint wantedBits = Storage.ReadBits(wanted, type, i);
                    if (!Storage.Same(type, actualBits, wantedBits))
                    {
                        return $"{_names[array]}[{i}] is 0x{actualBits:x} instead of 0x{wantedBits:x} ({type})";
                    }
                }
            }

            ReadOnlySpan<byte> buffer = _buffers[array];
            if (buffer[.._offsets[array]].ContainsAnyExcept(Sentinel))
            {
                return $"a byte before {_names[array]} was written";
            }

            if (buffer[(_offsets[array] + actual.Length)..].ContainsAnyExcept(Sentinel))
            {
                return $"a byte behind {_names[array]} was written";
            }
        }

        return null;
    }

    public Span<byte> Array(int index) =>
        _buffers[index].AsSpan(_offsets[index], Bytes(_types[index], Length));

    private static int Bytes(ElementType? type, int length) => type is ElementType stored ? length * Storage.Size(stored) : 0;

    private unsafe void* Address(int array) => _types[array] is null ? null : (void*)Marshal.UnsafeAddrOfPinnedArrayElement(_buffers[array], _offsets[array]);

    private static unsafe int AlignedMargin(byte[] buffer)
    {
        fixed (byte* start = buffer)
        {
            return Margin + (int)((64 - ((nuint)start % 64)) % 64);
        }
    }
}

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
    private static readonly ArrayRole[] _roles = Enum.GetValues<ArrayRole>();

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
        var types = new ElementType?[ArrayRoles.Count];
        int[] offsets = new int[ArrayRoles.Count];
        byte[][] buffers = new byte[ArrayRoles.Count][];
        for (int i = 0; i < ArrayRoles.Count; i++)
        {
            types[i] = key.Has(_roles[i]) ? key.Types[_roles[i]] : null;

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
        KernelKey filled = key;
        var facts = RuleFacts.Of(key.Rule);
        (ArrayRole Role, bool IsNeverNegative)[] kept =
            [.. _roles.Where(role => filled.Has(role)).Select(role => (role, facts.StateOf(role)?.IsNeverNegative ?? false))];
        for (int i = 0; i < Length; i++)
        {
            foreach ((ArrayRole role, bool isNeverNegative) in kept)
            {
                float number = numbers();
                Storage.Write(Array(role), key.Types[role], i, isNeverNegative ? Math.Abs(number) : number);
            }
        }
    }

    /// <summary>A copy whose arrays start at their 64-byte boundaries.</summary>
    public TestArrays CopyAligned()
    {
        int[] offsets = new int[ArrayRoles.Count];
        byte[][] buffers = new byte[ArrayRoles.Count][];
        for (int i = 0; i < ArrayRoles.Count; i++)
        {
            buffers[i] = GC.AllocateUninitializedArray<byte>(_buffers[i].Length, pinned: true);
            buffers[i].AsSpan().Fill(Sentinel);
            offsets[i] = AlignedMargin(buffers[i]);
            Array(_roles[i]).CopyTo(buffers[i].AsSpan(offsets[i]));
        }

        return new TestArrays(_types, Length, offsets, buffers);
    }

    public void Run(in KernelKey key, in StepConstants constants, int start, int count) =>
        KernelTable.Run(key, Places().Part(key, (nuint)start, (nuint)(start + count)), constants);

    /// <summary>Where the arrays are, valid as long as this object is referenced.</summary>
    public unsafe UpdateArrays Places()
    {
        var places = new UpdateArrays { Length = (nuint)Length };
        foreach (ArrayRole role in _roles)
        {
            places[role] = Address(role);
        }

        return places;
    }

    /// <summary>What a run did that another did not, or null: the first element that differs, or a sentinel that is gone.</summary>
    public string? DifferenceFrom(TestArrays expected)
    {
        foreach (ArrayRole role in _roles)
        {
            ReadOnlySpan<byte> actual = Array(role);
            ReadOnlySpan<byte> wanted = expected.Array(role);
            if (_types[(int)role] is ElementType type && !actual.SequenceEqual(wanted))
            {
                for (int i = 0; i < Length; i++)
                {
                    uint actualBits = Storage.ReadBits(actual, type, i);
                    uint wantedBits = Storage.ReadBits(wanted, type, i);
                    if (!Storage.Same(type, actualBits, wantedBits))
                    {
                        return $"{role}[{i}] is 0x{actualBits:x} instead of 0x{wantedBits:x} ({type})";
                    }
                }
            }

            ReadOnlySpan<byte> buffer = _buffers[(int)role];
            if (buffer[.._offsets[(int)role]].ContainsAnyExcept(Sentinel))
            {
                return $"a byte before {role} was written";
            }

            if (buffer[(_offsets[(int)role] + actual.Length)..].ContainsAnyExcept(Sentinel))
            {
                return $"a byte behind {role} was written";
            }
        }

        return null;
    }

    /// <summary>The bytes of an array; none where it is not kept.</summary>
    public Span<byte> Array(ArrayRole role) =>
        _buffers[(int)role].AsSpan(_offsets[(int)role], Bytes(_types[(int)role], Length));

    private static int Bytes(ElementType? type, int length) => type is ElementType stored ? length * Storage.Size(stored) : 0;

    private unsafe byte* Address(ArrayRole role) => _types[(int)role] is null
        ? null
        : (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(_buffers[(int)role], _offsets[(int)role]);

    private static unsafe int AlignedMargin(byte[] buffer)
    {
        fixed (byte* start = buffer)
        {
            return Margin + (int)((64 - ((nuint)start % 64)) % 64);
        }
    }
}

using FastAdam.Memory;
using FastAdam.Passes;
using Xunit;

namespace FastAdam.Tests.Memory;

/// <summary>Room that grows: what it keeps, and what happens where there is none.</summary>
public sealed class NativeBufferTests
{
    [Fact]
    public void Growing_keeps_what_it_held()
    {
        NativeBuffer<long> buffer = default;
        for (nuint i = 0; i < 1000; i++)
        {
            buffer.Grow(i + 1);
            buffer[i] = (long)i * 7;
        }

        for (nuint i = 0; i < 1000; i++)
        {
            Assert.Equal((long)i * 7, buffer[i]);
        }

        Assert.InRange(buffer.Capacity, (nuint)1000, (nuint)2000);
        Assert.Equal(buffer.Capacity * sizeof(long), buffer.Bytes);
        buffer.Free();
        Assert.Equal<(nuint, nuint)>((0, 0), (buffer.Capacity, buffer.Bytes));
    }

    [Fact]
    public void What_the_system_does_not_give_leaves_it_as_it_was()
    {
        NativeBuffer<long> buffer = default;
        buffer.Reserve(3);
        buffer[2] = 5;
        foreach (nuint count in (nuint[])[nuint.MaxValue, nuint.MaxValue / 8, (nuint)nint.MaxValue / 8])
        {
            Assert.Throws<OutOfMemoryException>(() => buffer.Reserve(count));
            Assert.Throws<OutOfMemoryException>(() => buffer.Grow(count));
            Assert.Equal<(nuint, long)>((3, 5), (buffer.Capacity, buffer[2]));
        }

        buffer.Free();
    }

    [Fact]
    public void More_arrays_than_can_be_counted_are_no_list()
    {
        ListOverlap overlap = default;
        Assert.Throws<OutOfMemoryException>(() => overlap.Reserve((nuint)int.MaxValue + 1));
        overlap.Reserve(2);
        overlap.Add(new ArrayBytes(64, 80, 0, 0, IsWritten: true));
        overlap.Add(new ArrayBytes(79, 90, 1, 0, IsWritten: false));
        Assert.Equal((1, 0), (overlap.Find()!.Value.Array.Owner, overlap.Find()!.Value.Other.Owner));
        overlap.Free();
    }
}

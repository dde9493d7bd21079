using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Isa;

/// <summary>Loads and stores of each instruction set: whole and partial, at every misalignment, next to guard pages.</summary>
public sealed unsafe class LoadStoreTests
{
    public static TheoryData<InstructionSet> InstructionSetCases => [.. InstructionSets.Supported];

    public static TheoryData<InstructionSet, int> Cases
    {
        get
        {
            var data = new TheoryData<InstructionSet, int>();
            foreach (InstructionSet instructionSet in InstructionSets.Supported)
            {
                data.Add(instructionSet, sizeof(uint));
                data.Add(instructionSet, sizeof(ushort));
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(InstructionSetCases))]
    public void Whole_vector_at_every_byte_offset(InstructionSet instructionSet)
    {
        var machine = LaneMachine.Of(instructionSet);
        int bytes = machine.Count * sizeof(uint);
        for (int offset = 0; offset < 64; offset++)
        {
            byte[] source = Pattern(256);
            byte[] destination = new byte[256];
            byte[] expected = new byte[256];
            source.AsSpan(offset, bytes).CopyTo(expected.AsSpan(63 - offset));
            fixed (byte* from = source, to = destination)
            {
                machine.Copy(from + offset, to + 63 - offset, sizeof(uint), machine.Count, partial: false);
            }

            Assert.True(expected.AsSpan().SequenceEqual(destination), $"{instructionSet}, offset {offset}");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Partial_vector_of_every_count_touches_nothing_else(InstructionSet instructionSet, int elementSize)
    {
        var machine = LaneMachine.Of(instructionSet);
        using var source = new GuardedMemory(64);
        using var destination = new GuardedMemory(64);
        new Span<byte>(source.Start, (int)source.Size).Fill(0xff);
        uint* lanes = stackalloc uint[16];
        for (int count = 0; count <= machine.Count * sizeof(uint) / elementSize; count++)
        {
            int bytes = count * elementSize;
            byte* from = source.AtEnd(bytes);
            byte* to = destination.AtEnd(bytes);
            Pattern(bytes).CopyTo(new Span<byte>(from, bytes));
            new Span<byte>(destination.Start, (int)destination.Size).Fill(0xa5);

            machine.Copy(from, to, elementSize, count, partial: true);
            Assert.True(
                new ReadOnlySpan<byte>(from, bytes).SequenceEqual(new ReadOnlySpan<byte>(to, bytes)),
                $"{instructionSet}, {elementSize} bytes, {count} elements: they were not all copied");
            Assert.False(
                new ReadOnlySpan<byte>(destination.Start, (int)(to - destination.Start)).ContainsAnyExcept((byte)0xa5),
                $"{instructionSet}, {elementSize} bytes, {count} elements: a byte in front was written");

            machine.Copy(from, destination.Start, elementSize, count, partial: true);
            Assert.False(
                new ReadOnlySpan<byte>(destination.Start + bytes, 64).ContainsAnyExcept((byte)0xa5),
                $"{instructionSet}, {elementSize} bytes, {count} elements: a byte behind was written");

            machine.LoadPartial(from, elementSize, count, lanes);
            var loaded = new ReadOnlySpan<byte>(lanes, machine.Count * sizeof(uint));
            Assert.True(
                loaded[..bytes].SequenceEqual(new ReadOnlySpan<byte>(from, bytes)),
                $"{instructionSet}, {elementSize} bytes, {count} elements: they were not all loaded");
            Assert.False(
                loaded[bytes..].ContainsAnyExcept((byte)0),
                $"{instructionSet}, {elementSize} bytes, {count} elements: behind them is more than zeros");
        }
    }

    private static byte[] Pattern(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)((i * 37) + 11))];
}

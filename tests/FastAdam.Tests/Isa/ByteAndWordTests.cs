using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Isa;

/// <summary>Operations of each instruction set between lanes: bytes to lanes and back, words zipped, the largest lane.</summary>
public sealed unsafe class ByteAndWordTests
{
    private const int MostLanes = 16;

    public static TheoryData<InstructionSet> InstructionSetCases => [.. InstructionSets.Supported];

    [Theory]
    [MemberData(nameof(InstructionSetCases))]
    public void Every_byte_becomes_its_number_in_every_lane(InstructionSet instructionSet)
    {
        var machine = LaneMachine.Of(instructionSet);
        using var memory = new GuardedMemory(64);
        byte* bytes = memory.AtEnd(machine.Count);
        float* lanes = stackalloc float[MostLanes];
        for (int value = 0; value < 256; value++)
        {
            for (int lane = 0; lane < machine.Count; lane++)
            {
                bytes[lane] = (byte)(value + (lane * 37));
            }

            machine.LoadBytes(bytes, isSigned: true, lanes);
            for (int lane = 0; lane < machine.Count; lane++)
            {
                Assert.True(lanes[lane] == (sbyte)bytes[lane], $"{instructionSet}, lane {lane}: {lanes[lane]} of the signed {(sbyte)bytes[lane]}");
            }

            machine.LoadBytes(bytes, isSigned: false, lanes);
            for (int lane = 0; lane < machine.Count; lane++)
            {
                Assert.True(lanes[lane] == bytes[lane], $"{instructionSet}, lane {lane}: {lanes[lane]} of the unsigned {bytes[lane]}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(InstructionSetCases))]
    public void Bytes_of_lanes_are_stored_in_order_and_none_beside_them(InstructionSet instructionSet)
    {
        var machine = LaneMachine.Of(instructionSet);
        var random = new Random(Seeds.Base);
        int count = 2 * machine.Count;
        byte* room = stackalloc byte[(2 * MostLanes) + 32];
        uint* lanes = stackalloc uint[2 * MostLanes];
        for (int round = 0; round < 500; round++)
        {
            for (int lane = 0; lane < count; lane++)
            {
                lanes[lane] = (uint)random.NextInt64(1L << 32);
            }

            foreach (bool isSecond in new[] { false, true })
            {
                new Span<byte>(room, count + 32).Fill(0xa5);
                machine.StoreBytes(lanes, isSecond, room + 16);
                for (int lane = 0; lane < count; lane++)
                {
                    byte expected = (byte)(lanes[lane] >> (isSecond ? 8 : 0));
                    Assert.True(
                        room[16 + lane] == expected,
                        $"{instructionSet}, byte {lane} of 0x{lanes[lane]:x8}, second: {isSecond}, is 0x{room[16 + lane]:x2} {Seeds.Replay}");
                }

                Assert.False(new ReadOnlySpan<byte>(room, 16).ContainsAnyExcept((byte)0xa5), $"{instructionSet}: a byte before was written");
                Assert.False(
                    new ReadOnlySpan<byte>(room + 16 + count, 16).ContainsAnyExcept((byte)0xa5),
                    $"{instructionSet}: a byte behind was written");
            }
        }
    }

    [Theory]
    [MemberData(nameof(InstructionSetCases))]
    public void Words_are_zipped_in_order_and_back(InstructionSet instructionSet)
    {
        var machine = LaneMachine.Of(instructionSet);
        int words = 2 * machine.Count;
        ushort* lower = stackalloc ushort[2 * MostLanes];
        ushort* upper = stackalloc ushort[2 * MostLanes];
        uint* zipped = stackalloc uint[2 * MostLanes];
        ushort* unzipped = stackalloc ushort[4 * MostLanes];
        for (int i = 0; i < words; i++)
        {
            lower[i] = (ushort)(0x1000 + i);
            upper[i] = (ushort)(0xf000 + i);
        }

        machine.Zip(lower, upper, zipped, unzipped);
        for (int i = 0; i < words; i++)
        {
            Assert.True(zipped[i] == (((uint)upper[i] << 16) | lower[i]), $"{instructionSet}: lane {i} is 0x{zipped[i]:x8}");
            Assert.True(unzipped[i] == lower[i] && unzipped[words + i] == upper[i], $"{instructionSet}: words {i} do not come back");
        }
    }

    [Theory]
    [MemberData(nameof(InstructionSetCases))]
    public void The_largest_lane_is_found_wherever_it_is(InstructionSet instructionSet)
    {
        var machine = LaneMachine.Of(instructionSet);
        uint* lanes = stackalloc uint[MostLanes];
        foreach ((uint most, uint rest) in new[] { (1u, 0u), (0x7fc0_0000u, 0x7f80_0000u), (0xffc0_0000u, 0x7f7f_ffffu), (0x8000_0000u, 1u) })
        {
            for (int lane = 0; lane < machine.Count; lane++)
            {
                new Span<uint>(lanes, MostLanes).Fill(rest);
                lanes[lane] = most;
                Assert.True(machine.HighestBits(lanes) == most, $"{instructionSet}: 0x{most:x8} in lane {lane} is not found");
            }
        }
    }
}

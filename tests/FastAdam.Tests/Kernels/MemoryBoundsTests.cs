using FastAdam.Kernels;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Kernels;

/// <summary>
/// Every kernel on arrays that touch pages without access, in front and behind: one byte read or written outside ends the
/// process. The gradients lie in pages that cannot be written.
/// </summary>
public sealed unsafe class MemoryBoundsTests
{
    [Theory]
    [MemberData(nameof(KernelData.All), MemberType = typeof(KernelData))]
    public void Not_a_byte_outside_is_touched(InstructionSet instructionSet, string storage)
    {
        KernelKey key = KernelData.Key(instructionSet, storage);
        ElementType[] types = [key.Parameters, key.Gradients, key.ExpAvg, key.ExpAvgSq];
        int longest = (4 * KernelRegistry.LaneCount(instructionSet)) + 1;
        using var p = new GuardedMemory(longest * sizeof(float));
        using var g = new GuardedMemory(longest * sizeof(float));
        using var m = new GuardedMemory(longest * sizeof(float));
        using var v = new GuardedMemory(longest * sizeof(float));
        GuardedMemory[] pages = [p, g, m, v];
        var random = new Random(Seeds.Base);

        for (int length = 0; length <= longest; length++)
        {
            g.Protect(writable: true);
            for (int array = 0; array < 4; array++)
            {
                int bytes = length * Storage.Size(types[array]);
                var atStart = new Span<byte>(pages[array].Start, bytes);
                for (int i = 0; i < length; i++)
                {
                    Storage.Write(atStart, types[array], i, Math.Abs(TestNumbers.Next(random)));
                }

                atStart.CopyTo(new Span<byte>(pages[array].AtEnd(bytes), bytes));
            }

            g.Protect(writable: false);
            KernelRegistry.Run(key, At(pages, types, length, atEnd: false), StepModes.Constants(length, step: 1));
            KernelRegistry.Run(key, At(pages, types, length, atEnd: true), StepModes.Constants(length, step: 1));

            for (int array = 0; array < 4; array++)
            {
                int bytes = length * Storage.Size(types[array]);
                bool same = new ReadOnlySpan<byte>(pages[array].Start, bytes)
                    .SequenceEqual(new ReadOnlySpan<byte>(pages[array].AtEnd(bytes), bytes));
                Assert.True(same, $"{key}, length {length}: array {array} differs between the two places {Seeds.Replay}");
            }
        }
    }

    private static Streams At(GuardedMemory[] pages, ElementType[] types, int length, bool atEnd)
    {
        byte* Place(int array) => atEnd ? pages[array].AtEnd(length * Storage.Size(types[array])) : pages[array].Start;
        return new Streams(Place(0), Place(1), Place(2), Place(3), (nuint)length);
    }
}

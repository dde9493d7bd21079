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
    public void Not_a_byte_outside_is_touched(InstructionSet instructionSet, string kernel)
    {
        KernelKey key = KernelData.Key(instructionSet, kernel);
        int longest = (4 * IsaTable.LaneCount(instructionSet)) + 1;
        using var p = new GuardedMemory(longest * sizeof(float));
        using var g = new GuardedMemory(longest * sizeof(float));
        using var m = new GuardedMemory(longest * sizeof(float));
        using var v = new GuardedMemory(longest * sizeof(float));
        using var x = new GuardedMemory(longest * sizeof(float));
        using var y = new GuardedMemory(longest * sizeof(float));
        GuardedMemory[] pages = [p, g, m, v, x, y];
        var random = new Random(Seeds.Base);

        for (int length = 0; length <= longest; length++)
        {
            g.Protect(writable: true);
            for (ArrayRole array = 0; (int)array < ArrayRoles.Count; array++)
            {
                int bytes = length * (int)key.Size(array);
                var atStart = new Span<byte>(pages[(int)array].Start, bytes);
                for (int i = 0; i < length && key.Has(array); i++)
                {
                    Storage.Write(atStart, key.Types[array], i, Math.Abs(TestNumbers.Next(random)));
                }

                atStart.CopyTo(new Span<byte>(pages[(int)array].AtEnd(bytes), bytes));
            }

            g.Protect(writable: false);
            KernelTable.Run(key, At(pages, key, length, atEnd: false), StepModes.Constants(key.Rule, length, step: 1));
            KernelTable.Run(key, At(pages, key, length, atEnd: true), StepModes.Constants(key.Rule, length, step: 1));

            for (ArrayRole array = 0; (int)array < ArrayRoles.Count; array++)
            {
                int bytes = length * (int)key.Size(array);
                bool same = new ReadOnlySpan<byte>(pages[(int)array].Start, bytes)
                    .SequenceEqual(new ReadOnlySpan<byte>(pages[(int)array].AtEnd(bytes), bytes));
                Assert.True(same, $"{key}, length {length}: array {array} differs between the two places {Seeds.Replay}");
            }
        }
    }

    private static UpdateArrays At(GuardedMemory[] pages, KernelKey key, int length, bool atEnd)
    {
        var places = new UpdateArrays { Length = (nuint)length };
        for (ArrayRole array = 0; (int)array < ArrayRoles.Count; array++)
        {
            places[array] = !key.Has(array) ? null
                : atEnd ? pages[(int)array].AtEnd(length * (int)key.Size(array)) : pages[(int)array].Start;
        }

        return places;
    }
}

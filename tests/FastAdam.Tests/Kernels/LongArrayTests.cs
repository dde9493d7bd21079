using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Kernels;

/// <summary>An array of more than 2^31 elements is updated to its end, by the right elements of the other arrays.</summary>
public sealed unsafe class LongArrayTests
{
    private const long Length = (1L << 31) + 1027;
    private const int Watched = 1003;

    [Fact]
    public void The_end_of_an_array_beyond_32_bits()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Mapping the same memory many times is written for Linux.");
        Assert.SkipWhen(
            Environment.GetEnvironmentVariable("FASTADAM_TEST_SUPPORTED") is not null,
            "2^31 elements take long on other CPUs than the machine's own, whose run has this test.");
        using var p = new RepeatedMemory(Length * sizeof(BFloat16));
        using var g = new RepeatedMemory(Length * sizeof(BFloat16));
        using var m = new RepeatedMemory(Length * sizeof(BFloat16));
        using var v = new RepeatedMemory(Length * sizeof(BFloat16));
        BFloat16*[] arrays = [(BFloat16*)p.Start, (BFloat16*)g.Start, (BFloat16*)m.Start, (BFloat16*)v.Start];

        // Elements at the very end, in memory that no other part of the arrays shares, and the same in small arrays.
        var random = new Random(Seeds.Base);
        BFloat16[][] expected = [new BFloat16[Watched], new BFloat16[Watched], new BFloat16[Watched], new BFloat16[Watched]];
        for (int array = 0; array < 4; array++)
        {
            for (int i = 0; i < Watched; i++)
            {
                expected[array][i] = (BFloat16)random.NextSingle();
                arrays[array][Length - Watched + i] = expected[array][i];
            }
        }

        var tensor = OptimizerTensor.Create((nuint)Length, arrays[0], arrays[1], arrays[2], arrays[3]);
        Optimizer.Step([tensor], [ParameterGroup.AdamW], 1);
        Adam.Step<BFloat16, BFloat16, BFloat16, BFloat16>(
            expected[0], expected[1], expected[2], expected[3], 1, ParameterGroup.AdamW);

        for (int array = 0; array < 4; array++)
        {
            for (int i = 0; i < Watched; i++)
            {
                ushort bits = BitConverter.BFloat16ToUInt16Bits(arrays[array][Length - Watched + i]);
                ushort wanted = BitConverter.BFloat16ToUInt16Bits(expected[array][i]);
                Assert.True(
                    bits == wanted,
                    $"array {array}, element {Length - Watched + i}: 0x{bits:x4} instead of 0x{wanted:x4} {Seeds.Replay}");
            }
        }
    }
}

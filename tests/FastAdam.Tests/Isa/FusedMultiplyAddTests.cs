using FastAdam.Isa;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Isa;

/// <summary>The scalar path's multiply-add for CPUs without one, against the correctly rounded one of the system.</summary>
public sealed class FusedMultiplyAddTests
{
    [Fact]
    public void Software_form_is_correctly_rounded()
    {
        var random = new Random(Seeds.Base);
        for (int i = 0; i < 3_000_000; i++)
        {
            float a = Next(random);
            float b = Next(random);
            float c = random.Next(3) switch
            {
                // Nearly cancels the product, or lies so far below it that only a sticky bit is left.
                0 => -(a * b) * (1 + ((random.Next(5) - 2) * 1.1920929e-7f)),
                1 => a * b * MathF.ScaleB(random.NextSingle() - 0.5f, -random.Next(20, 60)),
                _ => Next(random),
            };
            uint expected = BitConverter.SingleToUInt32Bits(MathF.FusedMultiplyAdd(a, b, c));
            uint actual = BitConverter.SingleToUInt32Bits(ScalarVector.MultiplyAddInDouble(a, b, c));
            Assert.True(
                Storage.Same(FastAdam.Kernels.ElementType.Float32, expected, actual),
                $"fma({a:r}, {b:r}, {c:r}) is 0x{actual:x8} instead of 0x{expected:x8} {Seeds.Replay}");
        }
    }

    [Theory]
    // The product is a tie in float, and a term far below a double's last bit decides.
    [InlineData(1.0000001f, 1.0000001f, 1e-30f)]
    [InlineData(1.0000001f, 1.0000001f, -1e-30f)]
    [InlineData(16777217f - 1, 1.00000012f, 1e-38f)]
    [InlineData(1.5f, 1e-45f, 1e-45f)]
    [InlineData(float.MaxValue, 2, float.NegativeInfinity)]
    [InlineData(float.MaxValue, 2, -float.MaxValue)]
    [InlineData(float.PositiveInfinity, 0, 1)]
    [InlineData(0f, -1f, 0f)]
    [InlineData(-0f, 1f, -0f)]
    public void Software_form_at_edges(float a, float b, float c) => Assert.Equal(
        BitConverter.SingleToUInt32Bits(MathF.FusedMultiplyAdd(a, b, c)),
        BitConverter.SingleToUInt32Bits(ScalarVector.MultiplyAddInDouble(a, b, c)));

    private static float Next(Random random) => random.Next(4) == 0
        ? BitConverter.UInt32BitsToSingle((uint)random.NextInt64(1L << 32))
        : MathF.ScaleB((random.NextSingle() * 2) - 1, random.Next(-70, 63));
}

using Xunit;

namespace FastAdam.LibTorch.Tests;

/// <summary>The maps of the dynamic 8-bit type against those that bitsandbytes and torchao make by torch.linspace.</summary>
public sealed class DynamicMapTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Maps_have_the_bits_of_pytorchs_linspace(bool isSigned)
    {
        LibTorchStep.SkipUnlessAvailable();
        List<float> expected = [0, 1];
        float[] decades = [1e-6f, 1e-5f, 1e-4f, 1e-3f, 1e-2f, 1e-1f, 1];
        for (int i = 0; i < decades.Length; i++)
        {
            float[] bounds = new float[(1 << (isSigned ? i : i + 1)) + 1];
            LibTorch.Linspace(0.1f, 1, bounds);
            for (int j = 1; j < bounds.Length; j++)
            {
                float number = decades[i] * ((bounds[j - 1] + bounds[j]) / 2);
                expected.AddRange(isSigned ? [number, -number] : [number]);
            }
        }

        expected.Sort();
        Assert.Equal(expected, Dynamic8.Map(isSigned).ToArray());
    }
}

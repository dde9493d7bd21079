using Xunit;

namespace FastAdam.Tests.Api;

/// <summary>The options' defaults are PyTorch's, however an instance is made.</summary>
public sealed class AdamOptionsTests
{
    public static TheoryData<AdamOptions> Defaults => new(default(AdamOptions), new AdamOptions(), AdamOptions.Adam);

    [Theory]
    [MemberData(nameof(Defaults))]
    public void Adam_defaults(AdamOptions options)
    {
        Assert.Equal(1e-3, options.LearningRate);
        Assert.Equal(0.9, options.Beta1);
        Assert.Equal(0.999, options.Beta2);
        Assert.Equal(1e-8, options.Epsilon);
        Assert.Equal(0, options.WeightDecay);
        Assert.False(options.DecoupledWeightDecay);
        Assert.Equal(1, options.GradientScale);
        Assert.False(options.Maximize);
        Assert.Equal(Subnormals.Flush, options.Subnormals);
        Assert.Equal(0, options.Threads);
    }

    [Fact]
    public void AdamW_defaults() =>
        Assert.Equal(AdamOptions.Adam with { DecoupledWeightDecay = true, WeightDecay = 1e-2 }, AdamOptions.AdamW);

    [Fact]
    public void Values_come_back_as_they_were_set()
    {
        var options = new AdamOptions { LearningRate = -0.0, Beta1 = double.NaN, Beta2 = 1, Epsilon = 5e-324, GradientScale = 3 };
        Assert.True(double.IsNegative(options.LearningRate));
        Assert.Equal((double.NaN, 1, 5e-324, 3), (options.Beta1, options.Beta2, options.Epsilon, options.GradientScale));
    }

    [Fact]
    public void Setting_a_default_is_the_same_as_leaving_it() =>
        Assert.Equal(default, new AdamOptions { LearningRate = 1e-3, Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8, GradientScale = 1 });
}

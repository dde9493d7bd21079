using Xunit;

namespace FastAdam.Tests.Api;

/// <summary>Every bad call: the exception, the argument it names, and arrays that are as they were.</summary>
public sealed unsafe class StepValidationTests
{
    private const int Length = 19;

    public static TheoryData<string, AdamOptions> BadOptions
    {
        get
        {
            var data = new TheoryData<string, AdamOptions>();
            foreach (double bad in (double[])[double.NaN, double.PositiveInfinity, double.NegativeInfinity, -1e-300, 1e39])
            {
                data.Add("LearningRate", AdamOptions.Adam with { LearningRate = bad });
                data.Add("Epsilon", AdamOptions.Adam with { Epsilon = bad });
                data.Add("WeightDecay", AdamOptions.AdamW with { WeightDecay = bad });
                data.Add("Beta1", AdamOptions.Adam with { Beta1 = bad });
                data.Add("Beta2", AdamOptions.Adam with { Beta2 = bad });
                data.Add("GradientScale", AdamOptions.Adam with { GradientScale = bad });
            }

            data.Add("Beta1", AdamOptions.Adam with { Beta1 = 1 });
            data.Add("Beta2", AdamOptions.Adam with { Beta2 = 1 });
            data.Add("GradientScale", AdamOptions.Adam with { GradientScale = 0 });
            data.Add("GradientScale", AdamOptions.Adam with { GradientScale = 1e-50 });
            data.Add("LearningRate", AdamOptions.Adam with { LearningRate = 3e38 });
            data.Add("WeightDecay", AdamOptions.AdamW with { LearningRate = 1e30, WeightDecay = 1e30, Beta1 = 0 });
            data.Add("Subnormals", AdamOptions.Adam with { Subnormals = (Subnormals)7 });
            data.Add("Threads", AdamOptions.Adam with { Threads = -1 });
            data.Add("Threads", AdamOptions.AdamW with { Threads = int.MinValue });
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(BadOptions))]
    public void Hyperparameter_out_of_range(string name, AdamOptions options)
    {
        var exception = Assert.Throws<ArgumentOutOfRangeException>(() => StepLeavingAlone(options: options));
        Assert.Equal("options", exception.ParamName);
        Assert.StartsWith($"AdamOptions.{name} ", exception.Message, StringComparison.Ordinal);
        object expected = typeof(AdamOptions).GetProperty(name)!.GetValue(options)!;
        Assert.Equal(expected, exception.ActualValue);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    public void Step_below_one(long step)
    {
        var exception = Assert.Throws<ArgumentOutOfRangeException>(() => StepLeavingAlone(step: step));
        Assert.Equal(("step", step), (exception.ParamName, exception.ActualValue));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    public void Step_below_one_in_the_first_call_of_a_thread(long step)
    {
        Exception? exception = null;
        var thread = new Thread(() => exception = Record.Exception(() => StepLeavingAlone(step: step)));
        thread.Start();
        thread.Join();
        Assert.Equal("step", Assert.IsType<ArgumentOutOfRangeException>(exception).ParamName);
    }

    [Fact]
    public void Bad_call_after_a_good_one_with_the_same_step_or_options()
    {
        StepWith(1, AdamOptions.AdamW);
        Assert.Throws<ArgumentOutOfRangeException>(() => StepLeavingAlone(1, AdamOptions.AdamW with { Beta2 = 1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => StepLeavingAlone(1, AdamOptions.AdamW with { Beta2 = 1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => StepLeavingAlone(0, AdamOptions.AdamW));

        static void StepWith(long step, AdamOptions options) =>
            Adam.Step(Ones(Length), Ones(Length), Ones(Length), Ones(Length), step, options);
    }

    [Theory]
    [InlineData("gradients", Length - 1, Length, Length)]
    [InlineData("gradients", 0, Length, Length)]
    [InlineData("expAvg", Length, Length + 1, Length)]
    [InlineData("expAvgSq", Length, Length, Length + 1)]
    public void Lengths_that_differ(string name, int gradients, int expAvg, int expAvgSq)
    {
        float[] p = Ones(Length);
        float[] m = Ones(expAvg);
        float[] v = Ones(expAvgSq);
        var exception = Assert.Throws<ArgumentException>(() => Adam.Step(p, Ones(gradients), m, v, 1, AdamOptions.Adam));
        Assert.Equal(name, exception.ParamName);
        Assert.Contains($"{Length}", exception.Message, StringComparison.Ordinal);
        Assert.All((float[])[.. p, .. m, .. v], value => Assert.Equal(1, value));
    }

    [Theory]
    [InlineData(0, 0, 100, 200, "gradients")]
    [InlineData(0, 100, 18, 200, "expAvg")]
    [InlineData(0, 100, 118, 200, "expAvg")]
    [InlineData(18, 100, 200, 0, "expAvgSq")]
    [InlineData(0, 100, 200, 101, "expAvgSq")]
    [InlineData(0, 100, 200, 182, "expAvgSq")]
    public void Arrays_that_overlap(int p, int g, int m, int v, string name)
    {
        float[] memory = Ones(300);
        var exception = Assert.Throws<ArgumentException>(() => Adam.Step(
            memory.AsSpan(p, Length), memory.AsSpan(g, Length), memory.AsSpan(m, Length), memory.AsSpan(v, Length), 1, AdamOptions.Adam));
        Assert.Equal(name, exception.ParamName);
        Assert.All(memory, value => Assert.Equal(1, value));
    }

    [Fact]
    public void Arrays_that_touch_are_fine()
    {
        float[] memory = Ones(4 * Length);
        Adam.Step(
            memory.AsSpan(Length, Length), memory.AsSpan(0, Length), memory.AsSpan(3 * Length, Length), memory.AsSpan(2 * Length, Length), 1, AdamOptions.Adam);
        Assert.All(memory.AsSpan(0, Length).ToArray(), value => Assert.Equal(1, value));
        Assert.All(memory.AsSpan(Length, Length).ToArray(), value => Assert.NotEqual(1, value));
    }

    [Fact]
    public void Mixed_types_overlap_by_bytes()
    {
        float* memory = stackalloc float[64];
        var exception = Assert.Throws<ArgumentException>(() =>
            Adam.Step(memory, (Half*)memory + 31, memory + 32, memory + 48, 16, 1, AdamOptions.Adam));
        Assert.Equal("gradients", exception.ParamName);
    }

    [Fact]
    public void Null_pointers()
    {
        float* memory = stackalloc float[4];
        Assert.Equal("parameters", Assert.Throws<ArgumentNullException>(() => Adam.Step((float*)null, memory, memory + 1, memory + 2, 1, 1, AdamOptions.Adam)).ParamName);
        Assert.Equal("gradients", Assert.Throws<ArgumentNullException>(() => Adam.Step(memory, (float*)null, memory + 1, memory + 2, 1, 1, AdamOptions.Adam)).ParamName);
        Assert.Equal("expAvg", Assert.Throws<ArgumentNullException>(() => Adam.Step(memory, memory + 1, (float*)null, memory + 2, 1, 1, AdamOptions.Adam)).ParamName);
        Assert.Equal("expAvgSq", Assert.Throws<ArgumentNullException>(() => Adam.Step(memory, memory + 1, memory + 2, (float*)null, 1, 1, AdamOptions.Adam)).ParamName);
    }

    [Fact]
    public void Length_beyond_the_address_space()
    {
        float* memory = stackalloc float[4];
        var exception = Assert.Throws<ArgumentOutOfRangeException>(() =>
            Adam.Step(memory, memory + 1, memory + 2, memory + 3, nuint.MaxValue / 2, 1, AdamOptions.Adam));
        Assert.Equal("length", exception.ParamName);
    }

    [Fact]
    public void Empty_arrays_do_nothing()
    {
        Adam.Step(Span<float>.Empty, ReadOnlySpan<Half>.Empty, Span<float>.Empty, Span<BFloat16>.Empty, 1, AdamOptions.Adam);
        Adam.Step((float*)null, (float*)null, (float*)null, (float*)null, 0, 1, AdamOptions.Adam);
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            Adam.Step(Span<float>.Empty, ReadOnlySpan<float>.Empty, Span<float>.Empty, Span<float>.Empty, 0, AdamOptions.Adam));
    }

    [Fact]
    public void Other_element_types()
    {
        var exception = Assert.Throws<NotSupportedException>(() =>
            Adam.Step(new double[1], new float[1], new float[1], new float[1], 1, AdamOptions.Adam));
        Assert.Contains("System.Double", exception.Message, StringComparison.Ordinal);
    }

    private static void StepLeavingAlone(long step = 1, AdamOptions options = default)
    {
        float[] p = Ones(Length);
        float[] m = Ones(Length);
        float[] v = Ones(Length);
        try
        {
            Adam.Step(p, Ones(Length), m, v, step, options);
        }
        finally
        {
            Assert.All((float[])[.. p, .. m, .. v], value => Assert.Equal(1, value));
        }
    }

    private static float[] Ones(int length) => [.. Enumerable.Repeat(1f, length)];
}

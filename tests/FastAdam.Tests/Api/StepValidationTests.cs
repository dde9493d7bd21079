using Xunit;

namespace FastAdam.Tests.Api;

/// <summary>Every bad call: the exception, the argument it names, and arrays that are as they were.</summary>
public sealed unsafe class StepValidationTests
{
    private const int Length = 19;

    public static TheoryData<string, ParameterGroup> BadOptions
    {
        get
        {
            var data = new TheoryData<string, ParameterGroup>();
            foreach (double bad in (double[])[double.NaN, double.PositiveInfinity, double.NegativeInfinity, -1e-300, 1e39])
            {
                data.Add("LearningRate", ParameterGroup.Adam with { LearningRate = bad });
                data.Add("Epsilon", ParameterGroup.Adam with { Epsilon = bad });
                data.Add("WeightDecay", ParameterGroup.AdamW with { WeightDecay = bad });
                data.Add("Beta1", ParameterGroup.Adam with { Beta1 = bad });
                data.Add("Beta2", ParameterGroup.Adam with { Beta2 = bad });
                data.Add("GradientScale", ParameterGroup.Adam with { GradientScale = bad });
            }

            data.Add("Beta1", ParameterGroup.Adam with { Beta1 = 1 });
            data.Add("Beta2", ParameterGroup.Adam with { Beta2 = 1 });
            data.Add("GradientScale", ParameterGroup.Adam with { GradientScale = 0 });
            data.Add("GradientScale", ParameterGroup.Adam with { GradientScale = 1e-50 });
            data.Add("LearningRate", ParameterGroup.Adam with { LearningRate = 3e38 });
            data.Add("WeightDecay", ParameterGroup.AdamW with { LearningRate = 1e30, WeightDecay = 1e30, Beta1 = 0 });
            data.Add("Epsilon", ParameterGroup.Adam with { Epsilon = 1e-46 });
            data.Add("Momentum", ParameterGroup.Adam with { Momentum = 0.5 });
            data.Add("Nesterov", ParameterGroup.Adam with { Nesterov = true });
            data.Add("Rule", ParameterGroup.RAdam);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(BadOptions))]
    public void Hyperparameter_out_of_range(string name, ParameterGroup options)
    {
        var exception = Assert.Throws<ArgumentOutOfRangeException>(() => StepLeavingAlone(options: options));
        Assert.Equal("group", exception.ParamName);
        Assert.StartsWith($"ParameterGroup.{name} ", exception.Message, StringComparison.Ordinal);
        object expected = typeof(ParameterGroup).GetProperty(name)!.GetValue(options)!;
        Assert.Equal(expected, exception.ActualValue);
    }

    [Fact]
    public void AMSGrad_and_a_group_that_was_never_set()
    {
        var exception = Assert.Throws<ArgumentOutOfRangeException>(
            () => StepLeavingAlone(options: ParameterGroup.Adam with { AmsGrad = true }));
        Assert.Equal("group", exception.ParamName);
        Assert.StartsWith("ParameterGroup.Rule must be Adam, without AmsGrad", exception.Message, StringComparison.Ordinal);
        exception = Assert.Throws<ArgumentOutOfRangeException>(() => StepLeavingAlone(options: default(ParameterGroup)));
        Assert.Equal("group", exception.ParamName);
        Assert.StartsWith("ParameterGroup must start from a rule's defaults", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    public void Threads_below_zero(int threads)
    {
        var exception = Assert.Throws<ArgumentOutOfRangeException>(() => StepLeavingAlone(threads: threads));
        Assert.Equal(("threads", threads), (exception.ParamName, exception.ActualValue));
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
        StepWith(1, ParameterGroup.AdamW);
        Assert.Throws<ArgumentOutOfRangeException>(() => StepLeavingAlone(1, ParameterGroup.AdamW with { Beta2 = 1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => StepLeavingAlone(1, ParameterGroup.AdamW with { Beta2 = 1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => StepLeavingAlone(0, ParameterGroup.AdamW));

        static void StepWith(long step, ParameterGroup options) =>
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
        var exception = Assert.Throws<ArgumentException>(() => Adam.Step(p, Ones(gradients), m, v, 1, ParameterGroup.Adam));
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
            memory.AsSpan(p, Length),
            memory.AsSpan(g, Length),
            memory.AsSpan(m, Length),
            memory.AsSpan(v, Length),
            1,
            ParameterGroup.Adam));
        Assert.Equal(name, exception.ParamName);
        Assert.All(memory, value => Assert.Equal(1, value));
    }

    [Fact]
    public void Arrays_that_touch_are_fine()
    {
        float[] memory = Ones(4 * Length);
        Adam.Step(
            memory.AsSpan(Length, Length),
            memory.AsSpan(0, Length),
            memory.AsSpan(3 * Length, Length),
            memory.AsSpan(2 * Length, Length),
            1,
            ParameterGroup.Adam);
        Assert.All(memory.AsSpan(0, Length).ToArray(), value => Assert.Equal(1, value));
        Assert.All(memory.AsSpan(Length, Length).ToArray(), value => Assert.NotEqual(1, value));
    }

    [Fact]
    public void Mixed_types_overlap_by_bytes()
    {
        float* memory = stackalloc float[64];
        var exception = Assert.Throws<ArgumentException>(() =>
            Step(memory, (Half*)memory + 31, memory + 32, memory + 48, 16));
        Assert.Equal("gradients", exception.ParamName);
    }

    [Fact]
    public void Null_pointers()
    {
        float* memory = stackalloc float[4];
        RequireNull("parameters", () => Step((float*)null, memory, memory + 1, memory + 2, 1));
        RequireNull("gradients", () => Step(memory, (float*)null, memory + 1, memory + 2, 1));
        RequireNull("expAvg", () => Step(memory, memory + 1, (float*)null, memory + 2, 1));
        RequireNull("expAvgSq", () => Step(memory, memory + 1, memory + 2, (float*)null, 1));

        static void RequireNull(string name, Action step) =>
            Assert.Equal(name, Assert.Throws<ArgumentNullException>(step).ParamName);
    }

    [Fact]
    public void Length_beyond_the_address_space()
    {
        float* memory = stackalloc float[4];
        var exception = Assert.Throws<ArgumentOutOfRangeException>(() =>
            Step(memory, memory + 1, memory + 2, memory + 3, nuint.MaxValue / 2));
        Assert.Equal("length", exception.ParamName);
    }

    [Fact]
    public void Empty_arrays_do_nothing()
    {
        Adam.Step(Span<float>.Empty, ReadOnlySpan<Half>.Empty, Span<float>.Empty, Span<BFloat16>.Empty, 1, ParameterGroup.Adam);
        Step((float*)null, (float*)null, (float*)null, (float*)null, 0);
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            Adam.Step(Span<float>.Empty, ReadOnlySpan<float>.Empty, Span<float>.Empty, Span<float>.Empty, 0, ParameterGroup.Adam));
    }

    [Fact]
    public void Other_element_types()
    {
        var exception = Assert.Throws<NotSupportedException>(() =>
            Adam.Step(new double[1], new float[1], new float[1], new float[1], 1, ParameterGroup.Adam));
        Assert.Contains("System.Double", exception.Message, StringComparison.Ordinal);
    }

    private static void StepLeavingAlone(long step = 1, ParameterGroup? options = null, int threads = 0)
    {
        float[] p = Ones(Length);
        float[] m = Ones(Length);
        float[] v = Ones(Length);
        try
        {
            Adam.Step<float, float, float, float>(p, Ones(Length), m, v, step, options ?? ParameterGroup.Adam, threads);
        }
        finally
        {
            Assert.All((float[])[.. p, .. m, .. v], value => Assert.Equal(1, value));
        }
    }

    /// <summary>A step over memory that is not the runtime's.</summary>
    private static void Step<P, G>(P* p, G* g, P* m, P* v, nuint length)
        where P : unmanaged
        where G : unmanaged =>
        Adam.Step(InstructionSets.Current, p, g, m, v, length, 1, ParameterGroup.Adam, threads: 0);

    private static float[] Ones(int length) => [.. Enumerable.Repeat(1f, length)];
}

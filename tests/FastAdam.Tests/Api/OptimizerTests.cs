using System.Runtime.InteropServices;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Api;

/// <summary>Steps of the rules over spans: what a call may and may not say, and its limits.</summary>
public sealed class OptimizerTests
{
    private const int Length = 19;

    public static TheoryData<InstructionSet> InstructionSetsHere => KernelData.InstructionSets;

    [Theory]
    [InlineData("gradients", 0, 18, 100, 200, 300)]
    [InlineData("expAvg", 0, 100, 118, 200, 300)]
    [InlineData("expAvgSq", 0, 100, 200, 182, 300)]
    [InlineData("maxExpAvgSq", 0, 100, 200, 300, 282)]
    [InlineData("maxExpAvgSq", 281, 100, 200, 0, 281)]
    public void Overlaps_name_the_argument(string name, int p, int g, int m, int v, int x)
    {
        float[] memory = [.. Enumerable.Repeat(1f, 320)];
        var exception = Assert.Throws<ArgumentException>(() => Optimizer.Step(
            memory.AsSpan(p, Length),
            memory.AsSpan(g, Length),
            memory.AsSpan(m, Length),
            memory.AsSpan(v, Length),
            memory.AsSpan(x, Length),
            1,
            OptimizerOptions.Adam with { AmsGrad = true },
            default,
            []));
        Assert.Equal(name, exception.ParamName);
        Assert.StartsWith($"{name} overlaps ", exception.Message, StringComparison.Ordinal);
        Assert.All(memory, value => Assert.Equal(1, value));
    }

    [Fact]
    public void Arrays_that_the_rule_does_not_keep_may_be_anything()
    {
        float[] p = [.. Enumerable.Repeat(1f, Length)];
        float[] g = [.. Enumerable.Repeat(0.5f, Length)];
        Optimizer.Step(p.AsSpan(), g, p.AsSpan(3), p.AsSpan(5), g.AsSpan(1, 2), 1, OptimizerOptions.Sgd with { LearningRate = 1 }, default, [7]);
        Assert.All(p, value => Assert.Equal(0.5f, value));
        Assert.All(g, value => Assert.Equal(0.5f, value));
    }

    [Theory]
    [InlineData(OptimizerRule.Lion, "expAvg")]
    [InlineData(OptimizerRule.AdaGrad, "expAvgSq")]
    [InlineData(OptimizerRule.RmsProp, "maxExpAvgSq")]
    public void State_that_the_rule_keeps_has_the_parameters_length(OptimizerRule rule, string name)
    {
        float[] p = new float[Length];
        float[] first = new float[name == "expAvg" ? 0 : Length];
        float[] second = new float[name == "expAvgSq" ? Length + 1 : Length];
        float[] third = new float[name == "maxExpAvgSq" ? Length - 1 : Length];
        OptimizerOptions group = rule switch
        {
            OptimizerRule.Lion => OptimizerOptions.Lion,
            OptimizerRule.AdaGrad => OptimizerOptions.AdaGrad,
            _ => OptimizerOptions.RmsProp with { Centered = true },
        };
        var exception = Assert.Throws<ArgumentException>(() =>
            Optimizer.Step<float, float, float, float>(p, new float[Length], first, second, third, 1, group, default, []));
        Assert.Equal(name, exception.ParamName);
        Assert.Contains($"{Length}", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_momentum_product_is_one_number_from_0_to_1()
    {
        float[][] arrays = [.. Enumerable.Range(0, 4).Select(_ => new float[Length])];
        foreach (double[] product in (double[][])[[], [1, 1], [-0.1], [1.1], [double.NaN]])
        {
            double[] before = [.. product];
            ArgumentException exception = Assert.ThrowsAny<ArgumentException>(() => Step(OptimizerOptions.NAdam, product));
            Assert.Equal("momentumProduct", exception.ParamName);
            Assert.Equal(product.Length == 1 ? product[0] : null, (exception as ArgumentOutOfRangeException)?.ActualValue);
            Assert.Equal(before, product);
        }

        double[] valid = [1];
        Step(OptimizerOptions.NAdam, valid);
        Assert.Equal(0.9 * (1 - (0.5 * Math.Pow(0.96, 0.004))), valid[0], 1e-15);

        // Between two numbers, and in each of the arrays.
        byte[] shifted = new byte[16];
        RequireError(MemoryMarshal.Cast<byte, double>(shifted.AsSpan(3))[..1], "momentumProduct must be aligned to 8 bytes.");
        (int Array, string Name)[] names = [(0, "parameters"), (1, "gradients"), (2, "expAvg"), (3, "expAvgSq")];
        foreach ((int array, string name) in names)
        {
            arrays[array].AsSpan().Clear();
            Span<double> inside = MemoryMarshal.Cast<float, double>(arrays[array].AsSpan());
            RequireError(inside[..1], $"momentumProduct overlaps {name}.");
        }

        void RequireError(Span<double> product, string message)
        {
            ArgumentException? thrown = null;
            try
            {
                Step(OptimizerOptions.NAdam, product);
            }
            catch (ArgumentException exception)
            {
                thrown = exception;
            }

            Assert.Equal("momentumProduct", thrown?.ParamName);
            Assert.StartsWith(message, thrown!.Message, StringComparison.Ordinal);
        }

        void Step(OptimizerOptions group, Span<double> product) => Optimizer.Step<float, float, float, float>(
            arrays[0], arrays[1], arrays[2], arrays[3], [], 1, group, default, product);
    }

    [Fact]
    public void Groups_and_steps_are_named_as_arguments_of_the_call()
    {
        float[] p = [1], g = [1];
        RequireError("group", () => Step(default, 1));
        RequireError("group", () => Step(OptimizerOptions.Sgd with { LearningRate = double.NaN }, 1));
        RequireError("group", () => Step(OptimizerOptions.AdaMax with { LearningRate = 3e38, Beta1 = 0.9 }, 1));
        RequireError("step", () => Step(OptimizerOptions.Sgd, 0));
        RequireError("options", () => Step(OptimizerOptions.Sgd, 1, new StepOptions { MaxGradientNorm = 0 }));
        Assert.Equal((1, 1), (p[0], g[0]));

        void Step(OptimizerOptions group, long step, StepOptions options = default) =>
            Optimizer.Step<float, float, float, float>(
                p, g, new float[State(group)], new float[State(group)], [], step, group, options, []);

        static int State(OptimizerOptions group) => group.Rule == OptimizerRule.AdaMax ? 1 : 0;

        static void RequireError(string name, Action step) =>
            Assert.Equal(name, Assert.Throws<ArgumentOutOfRangeException>(step).ParamName);
    }

    [Fact]
    public void Empty_lists_without_groups_report_nothing_of_nothing()
    {
        var all = new StepOptions { MaxGradientNorm = 1, NonFiniteGradients = NonFiniteGradients.SkipStep, ReportsChanges = true };
        Assert.Equal(new StepReport(false, 0, 0, 0, 0, 0), Optimizer.Step([], [], 1, all));
        Assert.Equal(new StepReport(false, null, null, null, null, null), Optimizer.Step([], [], 1, default));
        Assert.Equal(new StepReport(false, 0, 0, 0, 0, 0), Optimizer.Step([default], [OptimizerOptions.NAdam], 1, all));
        Assert.Equal("tensors", Assert.Throws<ArgumentOutOfRangeException>(() => Optimizer.Step([default], [], 1, all)).ParamName);
    }

    [Theory]
    [InlineData(double.PositiveInfinity, 1)]
    [InlineData(1e300, 1)]
    [InlineData(5, 1)]
    [InlineData(2.5, 0.5)]
    [InlineData(5e-324, 0)]
    public void The_gradients_of_norm_5_are_clipped_to_a_norm(double largest, float expected)
    {
        float[] p = [0, 0];
        StepReport report = Optimizer.Step<float, float, float, float>(
            p, [3, 4], [], [], [], 1, OptimizerOptions.Sgd with { LearningRate = 1 }, new StepOptions { MaxGradientNorm = largest }, []);
        Assert.Equal(5, report.GradientNorm);
        Assert.Equal(-3 * expected, p[0], 2e-6f);
        Assert.Equal(-4 * expected, p[1], 2e-6f);
    }

    [Fact]
    public void Parameters_that_stay_NaN_are_unchanged()
    {
        uint[] bits = [0x7fc0_0001, 0xffc0_0000, 0x7f80_0001, 0x3f80_0000];
        Span<float> p = MemoryMarshal.Cast<uint, float>(bits.AsSpan());
        float[] g = [BitConverter.UInt32BitsToSingle(0x7fc0_1234), 1, 1, 1];
        StepReport report = Optimizer.Step<float, float, float, float>(
            p, g, [], [], [], 1, OptimizerOptions.Sgd, new StepOptions { ReportsChanges = true }, []);
        Assert.Equal(0.75, report.UnchangedShare);
        Assert.Equal((double.NaN, double.NaN), (report.UpdateNorm, report.ParameterNorm));
    }

    [Theory]
    [MemberData(nameof(InstructionSetsHere))]
    public unsafe void A_scale_that_makes_one_gradient_infinite_skips_the_step_wherever_it_is(InstructionSet instructionSet)
    {
        const int Count = 67;
        float[] p = GC.AllocateArray<float>(3 * Count, pinned: true);
        float[] g = GC.AllocateArray<float>(Count, pinned: true);
        BFloat16[] g16 = GC.AllocateArray<BFloat16>(Count, pinned: true);
        OptimizerOptions[] groups = [OptimizerOptions.Adam with { GradientScale = 1e-20 }, OptimizerOptions.Adam with { GradientScale = 0.5 }];
        var options = new StepOptions { NonFiniteGradients = NonFiniteGradients.SkipStep };
        fixed (float* parameters = p, gradients = g)
        fixed (BFloat16* gradients16 = g16)
        {
            OptimizerTensor[] tensors =
            [
                OptimizerTensor.Create(parameters, gradients, parameters + Count, parameters + (2 * Count), Count),
                OptimizerTensor.Create(parameters, gradients16, parameters + Count, parameters + (2 * Count), Count),
            ];
            for (int place = 0; place < Count; place++)
            {
                for (int group = 0; group < groups.Length; group++)
                {
                    (g[place], g16[place]) = group == 0 ? (-1e30f, (BFloat16)1e30f) : (3e38f, (BFloat16)(-3e38f));
                    foreach (OptimizerTensor tensor in tensors)
                    {
                        StepReport report = Optimizer.Step(instructionSet, [tensor with { Group = group }], groups, 1, options);
                        Assert.True(report is { IsSkipped: true, NonFiniteGradients: 1 }, $"{instructionSet}, place {place}: {report}");
                    }
                }

                (g[place], g16[place]) = (0, default);
            }

            Assert.All(p, number => Assert.Equal(0, number));
            Assert.False(Optimizer.Step(instructionSet, tensors.AsSpan(0, 1), groups, 1, options).IsSkipped);
        }
    }

    [Fact]
    public unsafe void The_same_arrays_take_another_group_and_step_in_the_next_call()
    {
        float[] arrays = GC.AllocateArray<float>(4 * Length, pinned: true);
        OptimizerOptions[] groups = [OptimizerOptions.Adam with { LearningRate = 1 }, OptimizerOptions.Adam with { LearningRate = 8 }];
        fixed (float* p = arrays)
        {
            var tensor = OptimizerTensor.Create(p, p + Length, p + (2 * Length), p + (3 * Length), Length);
            float Moved(OptimizerTensor changed)
            {
                arrays.AsSpan().Clear();
                arrays.AsSpan(Length, Length).Fill(1);
                Optimizer.Step([default, tensor], groups, 1, default);
                arrays.AsSpan().Clear();
                arrays.AsSpan(Length, Length).Fill(1);
                Optimizer.Step([default, changed], groups, 1, default);
                return arrays[0];
            }

            float same = Moved(tensor);
            Assert.Equal(-1, same, 1e-5);
            Assert.Equal(8 * same, Moved(tensor with { Group = 1 }));
            Assert.NotEqual(same, Moved(tensor with { Step = 2 }));
        }
    }
}

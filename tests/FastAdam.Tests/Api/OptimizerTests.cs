using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Api;

/// <summary>Steps of the rules: what a call may and may not say, and its limits.</summary>
public sealed unsafe class OptimizerTests
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
        float[] memory = GC.AllocateArray<float>(320, pinned: true);
        memory.AsSpan().Fill(1);
        fixed (float* start = memory)
        {
            var tensor = OptimizerTensor.Create(Length, start + p, start + g, start + m, start + v, start + x);
            var exception = Assert.Throws<ArgumentException>(
                () => Optimizer.Step([tensor], [ParameterGroup.Adam with { AmsGrad = true }], 1));
            Assert.Equal("tensors", exception.ParamName);
            Assert.StartsWith($"tensors[0]: {name} overlaps tensors[0] ", exception.Message, StringComparison.Ordinal);
        }

        Assert.All(memory, value => Assert.Equal(1, value));
    }

    [Fact]
    public void Arrays_that_the_rule_does_not_keep_may_be_anything()
    {
        float[] p = [.. Enumerable.Repeat(1f, Length)];
        float[] g = [.. Enumerable.Repeat(0.5f, Length)];
        fixed (float* parameters = p, gradients = g)
        {
            OptimizerTensor tensor = OptimizerTensor.Create(
                Length, parameters, gradients, parameters + 3, (Half*)parameters, default, (BFloat16*)64) with
            {
                Numbers = (double*)parameters,
            };
            Optimizer.Step([tensor], [ParameterGroup.Sgd with { LearningRate = 1 }], 1);
        }

        Assert.All(p, value => Assert.Equal(0.5f, value));
        Assert.All(g, value => Assert.Equal(0.5f, value));
    }

    [Theory]
    [InlineData(OptimizerRule.Lion, "expAvg")]
    [InlineData(OptimizerRule.AdaGrad, "sum")]
    [InlineData(OptimizerRule.RmsProp, "squareAvg")]
    [InlineData(OptimizerRule.RmsProp, "momentumBuffer")]
    [InlineData(OptimizerRule.RmsProp, "gradAvg")]
    public void State_that_the_rule_keeps_must_be_there(OptimizerRule rule, string name)
    {
        ParameterGroup group = rule switch
        {
            OptimizerRule.Lion => ParameterGroup.Lion,
            OptimizerRule.AdaGrad => ParameterGroup.AdaGrad,
            _ => ParameterGroup.RmsProp with { Centered = true, Momentum = 0.5 },
        };
        float[]?[] state = name switch
        {
            "momentumBuffer" => [new float[Length], null, new float[Length]],
            "gradAvg" => [new float[Length], new float[Length]],
            _ => [null, new float[Length], new float[Length]],
        };
        float[] p = new float[Length];
        var exception = Assert.Throws<ArgumentNullException>(() => OneTensor.Step(p, new float[Length], state, 1, group));
        Assert.Equal("tensors", exception.ParamName);
        Assert.StartsWith($"tensors[0]: {name} is null.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_than_four_state_arrays_are_refused()
    {
        var exception = Assert.Throws<ArgumentException>(
            () => OptimizerTensor.Create(1, default, default, default, default, default, default, default));
        Assert.Equal("state", exception.ParamName);
    }

    [Fact]
    public void A_momentum_product_is_one_number_from_0_to_1_wherever_it_lies()
    {
        // Behind the four arrays there is room for the number.
        float[] memory = GC.AllocateArray<float>((4 * Length) + 5, pinned: true);
        fixed (float* start = memory)
        {
            OptimizerTensor tensor = OptimizerTensor.Create(
                Length, start, start + Length, start + (2 * Length), start + (3 * Length));
            double* number = (double*)(start + (4 * Length));
            Assert.Equal("tensors", Assert.Throws<ArgumentNullException>(() => Step(tensor)).ParamName);
            foreach (double bad in (double[])[-0.1, 1.1, double.NaN])
            {
                Unsafe.WriteUnaligned(number, bad);
                var exception = Assert.Throws<ArgumentOutOfRangeException>(() => Step(tensor with { Numbers = number }));
                Assert.Equal(("tensors", bad), (exception.ParamName, exception.ActualValue));
                Assert.Equal(bad, Unsafe.ReadUnaligned<double>(number));
            }

            for (int offset = 0; offset < sizeof(double); offset++)
            {
                double* place = (double*)((byte*)number + offset);
                Unsafe.WriteUnaligned(place, 1.0);
                Step(tensor with { Numbers = place });
                Assert.Equal(0.9 * (1 - (0.5 * Math.Pow(0.96, 0.004))), Unsafe.ReadUnaligned<double>(place), 1e-15);
            }

            // In each of the arrays, and in one by a byte.
            (int Array, string Name)[] names = [(0, "parameters"), (1, "gradients"), (2, "expAvg"), (3, "expAvgSq")];
            foreach ((int array, string name) in names)
            {
                memory.AsSpan(0, 4 * Length).Clear();
                OptimizerTensor inside = tensor with { Numbers = (double*)(start + (array * Length) + 1) };
                var exception = Assert.Throws<ArgumentException>(() => Step(inside));
                Assert.Equal("tensors", exception.ParamName);
                Assert.StartsWith($"tensors[0]: Numbers overlaps tensors[0] {name}.", exception.Message, StringComparison.Ordinal);
            }

            new Span<byte>(number, 12).Clear();
            OptimizerTensor atTheEnd = tensor with { Numbers = (double*)((byte*)number - 1) };
            Assert.Throws<ArgumentException>(() => Step(atTheEnd));
        }

        static void Step(OptimizerTensor tensor) => Optimizer.Step([tensor], [ParameterGroup.NAdam], 1);
    }

    [Fact]
    public void Groups_and_steps_are_named_as_arguments_of_the_call()
    {
        float[] p = [1], g = [1];
        RequireError("groups", () => Step(default, 1));
        RequireError("groups", () => Step(ParameterGroup.Sgd with { LearningRate = double.NaN }, 1));
        RequireError("groups", () => Step(ParameterGroup.AdaMax with { LearningRate = 3e38, Beta1 = 0.9 }, 1));
        RequireError("step", () => Step(ParameterGroup.Sgd, 0));
        RequireError("options", () => Step(ParameterGroup.Sgd, 1, new StepOptions { MaxGradientNorm = 0 }));
        Assert.Equal((1, 1), (p[0], g[0]));

        void Step(ParameterGroup group, long step, StepOptions options = default) =>
            OneTensor.Step(p, g, [new float[1], new float[1]], step, group, options);

        static void RequireError(string name, Action step) =>
            Assert.Equal(name, Assert.Throws<ArgumentOutOfRangeException>(step).ParamName);
    }

    [Fact]
    public void Empty_lists_without_groups_report_nothing_of_nothing()
    {
        var all = new StepOptions { MaxGradientNorm = 1, NonFiniteGradients = NonFiniteGradients.SkipStep, ReportsChanges = true };
        Assert.Equal(new StepReport(false, 0, 0, 0, 0, 0), Optimizer.Step([], [], 1, all));
        Assert.Equal(new StepReport(false, null, null, null, null, null), Optimizer.Step([], [], 1, default));
        Assert.Equal(new StepReport(false, 0, 0, 0, 0, 0), Optimizer.Step([default], [ParameterGroup.NAdam], 1, all));
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
        float[] g = [3, 4];
        StepReport report = OneTensor.Step(
            p, g, [], 1, ParameterGroup.Sgd with { LearningRate = 1 }, new StepOptions { MaxGradientNorm = largest });
        Assert.Equal(5, report.GradientNorm);
        Assert.Equal(-3 * expected, p[0], 2e-6f);
        Assert.Equal(-4 * expected, p[1], 2e-6f);
    }

    [Fact]
    public void Parameters_that_stay_NaN_are_unchanged()
    {
        uint[] bits = [0x7fc0_0001, 0xffc0_0000, 0x7f80_0001, 0x3f80_0000];
        float[] p = [.. MemoryMarshal.Cast<uint, float>(bits.AsSpan())];
        float[] g = [BitConverter.UInt32BitsToSingle(0x7fc0_1234), 1, 1, 1];
        StepReport report = OneTensor.Step(p, g, [], 1, ParameterGroup.Sgd, new StepOptions { ReportsChanges = true });
        Assert.Equal(0.75, report.UnchangedShare);
        Assert.Equal((double.NaN, double.NaN), (report.UpdateNorm, report.ParameterNorm));
    }

    [Theory]
    [MemberData(nameof(InstructionSetsHere))]
    public void A_scale_that_makes_one_gradient_infinite_skips_the_step_wherever_it_is(InstructionSet instructionSet)
    {
        const int Count = 67;
        float[] p = GC.AllocateArray<float>(3 * Count, pinned: true);
        float[] g = GC.AllocateArray<float>(Count, pinned: true);
        BFloat16[] g16 = GC.AllocateArray<BFloat16>(Count, pinned: true);
        ParameterGroup[] groups = [ParameterGroup.Adam with { GradientScale = 1e-20 }, ParameterGroup.Adam with { GradientScale = 0.5 }];
        var options = new StepOptions { NonFiniteGradients = NonFiniteGradients.SkipStep };
        fixed (float* parameters = p, gradients = g)
        fixed (BFloat16* gradients16 = g16)
        {
            OptimizerTensor[] tensors =
            [
                OptimizerTensor.Create(Count, parameters, gradients, parameters + Count, parameters + (2 * Count)),
                OptimizerTensor.Create(Count, parameters, gradients16, parameters + Count, parameters + (2 * Count)),
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
    public void The_same_arrays_take_another_group_and_step_in_the_next_call()
    {
        float[] arrays = GC.AllocateArray<float>(4 * Length, pinned: true);
        ParameterGroup[] groups = [ParameterGroup.Adam with { LearningRate = 1 }, ParameterGroup.Adam with { LearningRate = 8 }];
        fixed (float* p = arrays)
        {
            var tensor = OptimizerTensor.Create(Length, p, p + Length, p + (2 * Length), p + (3 * Length));
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

using Xunit;

namespace FastAdam.Tests.Api;

/// <summary>Lists of more tensors than a managed work area had room for.</summary>
public sealed unsafe class LongListTests
{
    private const int Count = 1_600_000;

    [Fact]
    public void More_than_a_million_and_a_half_tensors_step()
    {
        Assert.SkipWhen(
            Environment.GetEnvironmentVariable("FASTADAM_TEST_SUPPORTED") is not null,
            "The list takes long on other CPUs than the machine's own, whose run has this test.");
        using var parameters = new AlignedBuffer<float>(Count);
        using var gradients = new AlignedBuffer<float>(2);
        (gradients.Span[0], gradients.Span[1]) = (0.25f, -0.5f);
        OptimizerTensor[] tensors = new OptimizerTensor[Count];
        for (int i = 0; i < Count; i++)
        {
            tensors[i] = OptimizerTensor.Create(1, parameters.Pointer + i, gradients.Pointer + (i & 1));
        }

        ParameterGroup[] groups = [ParameterGroup.Sgd with { LearningRate = 1 }];
        StepReport report = Optimizer.Step(tensors, groups, 1, new StepOptions { MaxGradientNorm = double.PositiveInfinity });
        Assert.Equal(Math.Sqrt(Count / 2 * ((0.25 * 0.25) + (0.5 * 0.5))), report.GradientNorm!.Value, 1e-9);
        RequireSteps(1);

        // The last one again: a parameter with two writers.
        tensors[^1] = tensors[0];
        var exception = Assert.Throws<ArgumentException>(() => Optimizer.Step(tensors, groups, 2));
        Assert.StartsWith(
            $"tensors[{Count - 1}]: parameters overlaps tensors[0] parameters.", exception.Message, StringComparison.Ordinal);
        RequireSteps(1);

        // A step of everyday size after that.
        Optimizer.Step(tensors.AsSpan(0, 3), groups, 2);
        Assert.Equal([-0.5f, 1, -0.5f, 0.5f], parameters.Span[..4]);

        void RequireSteps(int steps)
        {
            Span<float> all = parameters.Span;
            for (int i = 0; i < Count; i++)
            {
                float expected = steps * ((i & 1) == 0 ? -0.25f : 0.5f);
                if (all[i] != expected)
                {
                    Assert.Fail($"parameter {i} is {all[i]} instead of {expected}");
                }
            }
        }
    }
}

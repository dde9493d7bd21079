namespace FastAdam.Tests.Readme;

/// <summary>The README's second example: as <see cref="QuickStart"/>.</summary>
internal static unsafe class OptimizerExample
{
    public static (float[] Parameters, StepReport Report) Run()
    {
        // <readme>
        // A step holds addresses: memory that does not move, such as a buffer's, which is zeros at first.
        using var parameters = new AlignedBuffer<float>(3);
        using var gradients = new AlignedBuffer<float>(3);
        using var expAvg = new AlignedBuffer<float>(3); // all that Lion keeps
        new float[] { 1, 2, 3 }.CopyTo(parameters.Span);
        new float[] { 0.3f, -4, 0 }.CopyTo(gradients.Span);

        ParameterGroup lion = ParameterGroup.Lion with { LearningRate = 0.01, WeightDecay = 0.1 };
        var around = new StepOptions { MaxGradientNorm = 1, NonFiniteGradients = NonFiniteGradients.SkipStep, ReportsChanges = true };
        var tensor = OptimizerTensor.Create(3, parameters.Pointer, gradients.Pointer, expAvg.Pointer);
        StepReport report = Optimizer.Step([tensor], [lion], step: 1, around);

        Console.WriteLine($"gradients {report.GradientNorm:f2}, clipped to 1; parameters moved by {report.UpdateNorm:f4}");
        // </readme>
        return ([.. parameters.Span], report);
    }
}

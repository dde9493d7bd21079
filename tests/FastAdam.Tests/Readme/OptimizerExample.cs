namespace FastAdam.Tests.Readme;

/// <summary>The README's second example: as <see cref="QuickStart"/>.</summary>
internal static class OptimizerExample
{
    public static (float[] Parameters, StepReport Report) Run()
    {
        // <readme>
        float[] parameters = [1, 2, 3];
        float[] gradients = [0.3f, -4, 0];
        float[] expAvg = new float[parameters.Length]; // all that Lion keeps

        OptimizerOptions lion = OptimizerOptions.Lion with { LearningRate = 0.01, WeightDecay = 0.1 };
        var around = new StepOptions { MaxGradientNorm = 1, NonFiniteGradients = NonFiniteGradients.SkipStep, ReportsChanges = true };
        StepReport report = Optimizer.Step<float, float, float, float>(
            parameters, gradients, expAvg, expAvgSq: [], maxExpAvgSq: [], step: 1, lion, around, momentumProduct: []);

        Console.WriteLine($"gradients {report.GradientNorm:f2}, clipped to 1; parameters moved by {report.UpdateNorm:f4}");
        // </readme>
        return (parameters, report);
    }
}

namespace FastAdam.Tests.Readme;

/// <summary>The README's example, run by <see cref="ReadmeTests"/>: the text between the two marks is the README's, to the letter.</summary>
internal static class QuickStart
{
    public static float Run()
    {
        // <readme>
        // Fit y = 3x with mean squared error: one parameter here, a network's millions in the same way.
        float[] x = [1, 2, 3, 4];
        float[] parameters = [0];
        float[] gradients = [0];
        float[] expAvg = new float[parameters.Length];   // first moment, zero before the first step
        float[] expAvgSq = new float[parameters.Length]; // second moment

        ParameterGroup group = ParameterGroup.AdamW with { LearningRate = 0.1, WeightDecay = 0 };
        for (long step = 1; step <= 200; step++)
        {
            gradients[0] = x.Sum(xi => 2 * xi * ((parameters[0] * xi) - (3 * xi))) / x.Length;
            Adam.Step(parameters, gradients, expAvg, expAvgSq, step, group);
        }

        Console.WriteLine($"{parameters[0]:f2}, found with {InstructionSets.Current}");
        // </readme>
        return parameters[0];
    }
}

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

        using var optimizer = new StatefulOptimizer(ParameterGroup.AdamW with { LearningRate = 0.1, WeightDecay = 0 });
        optimizer.Add(parameters, gradients);
        for (int step = 0; step < 200; step++)
        {
            gradients[0] = x.Sum(xi => 2 * xi * ((parameters[0] * xi) - (3 * xi))) / x.Length;
            optimizer.Step();
        }

        Console.WriteLine($"{parameters[0]:f2}, found with {InstructionSets.Current}");
        // </readme>
        return parameters[0];
    }
}

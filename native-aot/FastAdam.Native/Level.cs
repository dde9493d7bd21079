namespace FastAdam.Native;

/// <summary>What this library is for.</summary>
internal static class Level
{
    /// <summary>The face has chosen the library by its CPU's features: the widest that it was compiled for.</summary>
    public static readonly InstructionSet InstructionSet = InstructionSets.Supported[0];

    /// <summary>Makes a step over one element, and by that all that is made once in a process.</summary>
    public static unsafe void Prepare()
    {
        float* arrays = stackalloc float[4];
        var tensor = OptimizerTensor.Create(arrays, arrays + 1, arrays + 2, arrays + 3, 1);
        Optimizer.Step(InstructionSet, [tensor], [OptimizerOptions.Adam], 1, default);
    }
}

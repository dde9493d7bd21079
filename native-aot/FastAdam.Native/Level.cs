namespace FastAdam.Native;

/// <summary>What this library is for.</summary>
internal static class Level
{
    /// <summary>The face has chosen the library by its CPU's features: the widest that it was compiled for.</summary>
    public static readonly InstructionSet InstructionSet = InstructionSets.Supported[0];
}
